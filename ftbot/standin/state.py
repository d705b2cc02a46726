"""What the stand-in knows: people, channels, messages, views, triggers; kept in memory, asked by everybody."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ftbot.screens.lint.limits import TABLE

TRIGGER_SECONDS = float(TABLE["time"]["trigger_id_s"][0])
RESPONSE_USES = int(TABLE["time"]["response_url_uses"][0])
RESPONSE_SECONDS = 60.0 * TABLE["time"]["response_url_minutes"][0]

TEAM, BOT_USER, BOT_ID, APP = "T0STANDIN", "U0FTBOT", "B0FTBOT", "A0FTBOT"


class Refused(Exception):
    """A call that Slack refuses: the error's name, and details for people."""

    def __init__(self, error: str, *messages: str, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.answer = {"ok": False, "error": error, **extra}
        if messages:
            self.answer["response_metadata"] = {"messages": list(messages)}


@dataclass
class User:
    """Somebody of the workspace, or not of it."""

    id: str
    name: str
    team: str = TEAM
    guest: bool = False
    deleted: bool = False


@dataclass
class Channel:
    """A channel or a DM with the bot; ``members`` are user ids, the bot's among them when it was invited."""

    id: str
    name: str
    members: set[str]
    kind: str = "channel"
    shared: bool = False
    archived: bool = False


@dataclass
class Message:
    """A message as it is now; ``edits`` counts updates, ``only_for`` is set for ephemerals."""

    channel: str
    ts: str
    body: dict[str, Any]
    edits: int = 0
    only_for: str | None = None

    @property
    def text(self) -> str:
        """The text of notifications."""
        return str(self.body.get("text", ""))


@dataclass
class View:
    """A view as it is now; ``stack`` is its root."""

    id: str
    hash: str
    user: str
    content: dict[str, Any]
    root: str
    open: bool = True


@dataclass
class Trigger:
    """A trigger id: three seconds, one use."""

    user: str
    expires: float
    used: bool = False


@dataclass
class ResponseUrl:
    """A response_url: five uses in thirty minutes."""

    user: str
    channel: str
    expires: float
    uses: int = 0
    message: Message | None = None


@dataclass
class File:
    """A file: asked for, uploaded, shared in a message; ``size`` is what was announced."""

    id: str
    name: str
    size: int
    content: bytes | None = None
    shared: bool = False


@dataclass
class State:
    """Everything; ``clock`` is Unix seconds."""

    clock: Callable[[], float]
    scopes: set[str]
    tokens: dict[str, str] = field(default_factory=dict)  # token -> bot | app
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    views: dict[str, View] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    url: str = ""
    trigger_seconds: float = TRIGGER_SECONDS
    _ticks: int = 0

    def stamp(self) -> str:
        """A message's ts: seconds and a counter, so that two are never the same."""
        self._ticks += 1
        return f"{int(self.clock())}.{self._ticks:06d}"

    @property
    def version(self) -> tuple[int, ...]:
        """Differs whenever something that somebody sees has changed."""
        edits, open_views = sum(m.edits for m in self.messages), sum(view.open for view in self.views.values())
        return self._ticks, len(self.messages), edits, open_views

    def fresh_hash(self) -> str:
        """A hash that a view gets with every change."""
        self._ticks += 1
        return f"{int(self.clock())}.{self._ticks:06d}{secrets.token_hex(2)}"

    def add_trigger(self, user: str) -> str:
        """A trigger id for one interaction of ``user``."""
        name = f"{self.stamp()}.{secrets.token_hex(8)}"
        self.triggers[name] = Trigger(user, self.clock() + self.trigger_seconds)
        return name

    def add_file(self, name: str, content: bytes) -> File:
        """A file that somebody uploaded."""
        made = File(f"F{self.stamp().replace('.', '')}", name, len(content), content, shared=True)
        self.files[made.id] = made
        return made

    def use_trigger(self, name: str) -> Trigger:
        """Exchange a trigger; raises Refused when that is too late or done already."""
        trigger = self.triggers.get(name)
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self.clock() > trigger.expires:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger

    def channel(self, name: str) -> Channel:
        """The channel, or the DM of a user id; raises Refused when there is none."""
        if name in self.users:
            return self.dm(name)
        if name not in self.channels:
            raise Refused("channel_not_found")
        return self.channels[name]

    def dm(self, user: str) -> Channel:
        """The bot's conversation with a user."""
        return self.channels.setdefault(f"D{user[1:]}", Channel(f"D{user[1:]}", "dm", {user, BOT_USER}, kind="im"))

    def message(self, channel: str, ts: str) -> Message:
        """A message by channel and ts; raises Refused when there is none."""
        for message in self.messages:
            if message.channel == channel and message.ts == ts and message.only_for is None:
                return message
        raise Refused("message_not_found")
