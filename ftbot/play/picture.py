"""What one person sees of the stand-in's workspace, as the page draws it."""

from __future__ import annotations

from typing import Any

from ftbot.standin import StandIn
from ftbot.standin.person import Person
from ftbot.standin.state import Channel, Message

FILE_SHOWN = 20_000  # characters of a file that the page shows

Picture = dict[str, Any]


def picture(slack: StandIn, person: Person) -> Picture:
    """Everything that ``person`` sees now."""
    own_dm = slack.state.dm(person.id)
    channels = [one for one in slack.state.channels.values() if one.kind == "channel" and person.id in one.members]
    view = person.view
    return {
        "me": person.id,
        "people": [{"id": user.id, "name": user.name} for user in slack.state.users.values()],
        "channels": [_channel(slack, person, one) for one in [*channels, own_dm]],
        "home": person.home.content if person.home else None,
        "view": {"id": view.id, "hash": view.hash, **view.content} if view else None,
    }


def _channel(slack: StandIn, person: Person, channel: Channel) -> Picture:
    seen = [m for m in slack.state.messages if m.channel == channel.id and m.only_for in (None, person.id)]
    name = "ftbot" if channel.kind == "im" else channel.name
    return {"id": channel.id, "name": name, "kind": channel.kind, "messages": [_message(slack, m) for m in seen]}


def _message(slack: StandIn, message: Message) -> Picture:
    body = message.body
    shown: Picture = {name: body[name] for name in ("text", "blocks", "user", "thread_ts") if name in body}
    files = [_file(slack, one["id"], one["name"]) for one in body.get("files", ())]
    return {"ts": message.ts, "edits": message.edits, "only": message.only_for is not None, "files": files, **shown}


def _file(slack: StandIn, id: str, name: str) -> Picture:
    content = slack.state.files[id].content or b""
    return {"id": id, "name": name, "text": content[:FILE_SHOWN].decode(errors="replace")}
