"""The fine-tuning advisor in Slack; everything that it decides comes from ``ftsdk``."""
