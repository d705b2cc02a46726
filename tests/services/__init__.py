"""Stand-ins for hosted services: real HTTP servers on loopback that refuse what the real ones refuse."""
