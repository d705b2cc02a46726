"""A strict stand-in for Slack on loopback, for tests and for trying the bot without a workspace."""

from __future__ import annotations

from ftbot.standin.server import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, StandIn, eventually

__all__ = ["APP_TOKEN", "BOT_TOKEN", "SIGNING_SECRET", "StandIn", "eventually"]
