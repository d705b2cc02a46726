"""The Slack bot's package; the bot itself comes with a later release, and until then its command says so."""
