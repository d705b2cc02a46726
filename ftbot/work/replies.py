"""Where an answer goes: to the request's response_url while it lives, otherwise to the person."""

from __future__ import annotations

from typing import Any

from ftbot.inbox import Entry
from ftbot.outbox import Wanted


def reply(entry: Entry, body: dict[str, Any], name: str = "reply") -> tuple[Wanted, ...]:
    """An answer that only the person who asked sees."""
    payload, person = entry.arrival.payload, entry.arrival.person
    key = f"request:{entry.number}:{name}"
    url, channel = payload.get("response_url"), payload.get("channel", "")
    if url:
        shown = {"response_type": "ephemeral", "replace_original": False, **body}
        return (Wanted(key=key, channel=channel or person, body=shown, target="response", address=url),)
    if channel[:1] in ("C", "G"):
        return (Wanted(key=key, channel=channel, body=body, target="ephemeral", address=person),)
    thread = {"thread_ts": payload["thread_ts"]} if payload.get("thread_ts") else {}
    return (Wanted(key=key, channel=channel or person, body=body | thread),)
