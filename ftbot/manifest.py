"""The app's manifest: for Socket Mode as it is, for HTTP with the address that Slack is to call."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

import ftsdk

PATH = "/slack/events"


def read_manifest(public_url: str = "") -> dict[str, Any]:
    """The manifest; with an address (https://host) for HTTP, otherwise for Socket Mode.

    Raises UsageError for an address that Slack would not call.
    """
    manifest: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "manifest.yaml").read_text("utf-8"))
    if not public_url:
        return manifest
    address = urlsplit(public_url)
    if address.scheme != "https" or not address.netloc or address.path not in ("", "/") or address.query:
        raise ftsdk.errors.UsageError(
            f"{public_url!r} is not an address that Slack calls", help="give it as https://host, without a path"
        )
    url = f"https://{address.netloc}{PATH}"
    settings, features = manifest["settings"], manifest["features"]
    settings["socket_mode_enabled"] = False
    settings["event_subscriptions"]["request_url"] = url
    settings["interactivity"]["request_url"] = url
    for command in features["slash_commands"]:
        command["url"] = url
    return manifest


def scopes(manifest: dict[str, Any]) -> tuple[frozenset[str], frozenset[str]]:
    """The scopes that are asked for, and those that may be declined."""
    asked = manifest["oauth_config"]["scopes"]
    return frozenset(asked["bot"]), frozenset(asked.get("bot_optional", ()))
