"""What a page asks for, done as the person in front of it: each act returns what the page has to know."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Any

from ftbot.standin import StandIn
from ftbot.standin.delivery import Ack
from ftbot.standin.person import Person
from ftbot.standin.state import Message, Refused, View

Asked = dict[str, Any]
Said = dict[str, Any]

NOT_ANSWERED = "The bot did not answer within three seconds. Slack would show an error here; try again."
GONE = "That is not there any more."


async def act(slack: StandIn, person: Person, asked: Asked) -> Said:
    """Do what is asked; ``error`` says why it was not done, ``errors`` what is wrong in a form, by field."""
    try:
        ack = await ACTS[asked["act"]](slack, person, asked)
    except Refused as refused:
        return {"error": f"Slack would refuse this: {refused.error}"}
    except (KeyError, StopIteration, LookupError, RuntimeError, binascii.Error):
        return {"error": GONE}
    if ack is None:
        return {}
    if isinstance(ack, Ack):
        return {"errors": ack.body.get("errors", {})} if ack.ok else {"error": NOT_ANSWERED}
    return ack


async def _says(slack: StandIn, person: Person, asked: Asked) -> Ack | None:
    """A message: to the bot in its DM, to it by name in a channel, else to nobody in particular."""
    text, channel, thread = str(asked["text"]), str(asked["channel"]), str(asked.get("thread", ""))
    if channel == slack.state.dm(person.id).id:
        return await person.says(text, thread)
    if "@ftbot" in text:
        return await person.mentions(text.replace("@ftbot", "", 1).strip(), channel, thread)
    person.writes(text, slack.state.channel(channel).id, thread)
    return None


async def _command(slack: StandIn, person: Person, asked: Asked) -> Ack:
    return await person.command(str(asked["text"]), str(asked["channel"]))


async def _click(slack: StandIn, person: Person, asked: Asked) -> Ack:
    return await person.click(
        _where(slack, person, asked), str(asked["action"]), asked.get("value"), asked.get("answers")
    )


async def _choose(slack: StandIn, person: Person, asked: Asked) -> Ack:
    return await person.choose(_where(slack, person, asked), str(asked["action"]), str(asked["value"]))


async def _submit(slack: StandIn, person: Person, asked: Asked) -> Ack:
    return await person.submit(dict(asked["answers"]))


async def _close(slack: StandIn, person: Person, asked: Asked) -> Ack | None:
    return await person.close()


async def _home(slack: StandIn, person: Person, asked: Asked) -> Ack:
    return await person.opens_home()


async def _upload(slack: StandIn, person: Person, asked: Asked) -> Said:
    content = base64.b64decode(str(asked["content"]), validate=True)
    return {"file": slack.state.add_file(str(asked["name"])[:255], content).id}


def _where(slack: StandIn, person: Person, asked: Asked) -> Message | View:
    """The message, modal or Home tab that an act happens in, as this person sees it."""
    if asked.get("home"):
        return _there(person.home)
    if asked.get("view"):
        return _there(person.view)
    found = (m for m in slack.state.messages if m.channel == asked["channel"] and m.ts == asked["ts"])
    return next(m for m in found if m.only_for in (None, person.id))


def _there(view: View | None) -> View:
    if view is None:
        raise LookupError(GONE)
    return view


ACTS: dict[str, Callable[[StandIn, Person, Asked], Awaitable[Ack | Said | None]]] = {
    "says": _says,
    "command": _command,
    "click": _click,
    "choose": _choose,
    "submit": _submit,
    "close": _close,
    "home": _home,
    "upload": _upload,
}
