"""Slack's payloads as arrivals: what is kept of each, and the key under which every delivery of it is the same."""

from __future__ import annotations

import hashlib
import json
from html import unescape
from typing import Any

from ftbot.inbox import Arrival

Body = dict[str, Any]
KEY_MOST = 255


def command(body: Body) -> Arrival:
    """A slash command."""
    kept = {name: body.get(name, "") for name in ("text", "trigger_id", "response_url")}
    kept["text"] = unescape(kept["text"][:1000])
    return _arrival(f"trigger:{body['trigger_id']}", "command", body["user_id"], kept | {"channel": body["channel_id"]})


def action(body: Body) -> Arrival:
    """A click; a click without a trigger is known by who did what when."""
    clicked = body["actions"][0]
    person = body["user"]["id"]
    key = body.get("trigger_id") or f"{person}:{clicked['action_id']}:{clicked.get('action_ts', '')}"
    kept = {
        "value": str(clicked.get("value") or (clicked.get("selected_option") or {}).get("value", ""))[:255],
        "trigger_id": body.get("trigger_id", ""),
        "response_url": body.get("response_url", ""),
        "channel": body.get("channel", {}).get("id", ""),
        "view": _view(body),
    }
    return _arrival(f"trigger:{key}", clicked["action_id"].removeprefix("ft:"), person, kept)


def submission(body: Body) -> Arrival:
    """A submitted modal: one for each state of it and of its fields, because errors leave the hash as it was.

    What it is follows from its callback: ``ft:reject:v1`` is a ``submission:reject``, the form plain ``submission``.
    """
    view = body["view"]
    filled = hashlib.sha256(json.dumps(view.get("state"), sort_keys=True).encode()).hexdigest()[:20]
    key = f"view:{view['id']}:{view['hash']}:{filled}"
    part = str(view.get("callback_id", "")).split(":")[1:2]
    kind = "submission" if part in ([], ["advise"]) else f"submission:{part[0]}"
    return _arrival(key, kind, body["user"]["id"], {"view": _view(body)})


def closed(body: Body) -> Arrival:
    """A closed modal."""
    view = body["view"]
    return _arrival(f"closed:{view['id']}:{view['hash']}", "closed", body["user"]["id"], {"view": _view(body)})


def shortcut(body: Body) -> Arrival:
    """A shortcut, global or on a message, whose text comes with it."""
    kept = {
        "text": unescape(str((body.get("message") or {}).get("text") or "")[:4000]),
        "trigger_id": body["trigger_id"],
        "response_url": body.get("response_url", ""),
        "channel": body.get("channel", {}).get("id", ""),
    }
    return _arrival(f"trigger:{body['trigger_id']}", "shortcut", body["user"]["id"], kept)


def mention(body: Body) -> Arrival:
    """A mention of the bot in a channel, without the mention itself."""
    event = body["event"]
    text = event.get("text", "").partition(">")[2] if event.get("text", "").lstrip().startswith("<@") else event["text"]
    kept = {"text": unescape(text[:4000]), "channel": event["channel"], "thread_ts": event.get("thread_ts", "")}
    return _arrival(f"event:{body['event_id']}", "mention", event["user"], kept)


def dm(body: Body) -> Arrival:
    """A message to the bot."""
    event = body["event"]
    thread = event.get("thread_ts") or event.get("ts", "")
    kept = {"text": unescape(event.get("text", "")[:4000]), "channel": event["channel"], "thread_ts": thread}
    return _arrival(f"event:{body['event_id']}", "dm", event["user"], kept)


def home(body: Body) -> Arrival:
    """Somebody opened the Home tab."""
    return _arrival(f"event:{body['event_id']}", "home", body["event"]["user"], {})


def team_of(body: Body) -> str:
    """The workspace of whoever did it."""
    user = body.get("user")
    own = user.get("team_id") if isinstance(user, dict) else body.get("event", {}).get("team")
    return str(own or body.get("team_id") or (body.get("team") or {}).get("id") or "")


def is_external(body: Body) -> bool:
    """Whether it comes from a channel that is shared with another organisation."""
    return bool(body.get("is_ext_shared_channel"))


def _view(body: Body) -> Body | None:
    view = body.get("view")
    if not view:
        return None
    return {name: view.get(name) for name in ("id", "hash", "type", "callback_id", "private_metadata", "state")}


def _arrival(key: str, kind: str, person: str, payload: Body) -> Arrival:
    return Arrival(key[:KEY_MOST], kind[:40], person[:40], payload)
