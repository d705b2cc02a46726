"""`ftbot play`: the real bot against the stand-in for Slack, in a browser on this machine."""
