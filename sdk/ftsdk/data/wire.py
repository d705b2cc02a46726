"""The quick look: most rows are plain chats, and typed decoding with a few byte searches shows that they have no fault.

A row that passes here breaks no rule of ``rows``; a row that does not may still be good and is judged there, in words.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, NamedTuple

import msgspec

PlainValue = str | int | float | bool | None


class WireMessage(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A turn without tools, names or weights."""

    role: Literal["system", "user", "assistant"]
    content: Annotated[str, msgspec.Meta(min_length=1)]


class WireChat(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A chat without tools."""

    messages: list[WireMessage]
    metadata: dict[str, PlainValue] | None = None


PLAIN_ORDER = re.compile(r"s?(?:ua)+")
KEPT_ORDERS = 10_000


class Plain(NamedTuple):
    """A chat that has no fault: what its turns say, whether the first is the system's, and its metadata."""

    contents: tuple[str, ...]
    system: bool
    metadata: dict[str, PlainValue] | None


class Glance:
    """Judges lines one after the other; remembers the orders of roles that it has seen."""

    def __init__(self) -> None:
        self._decode = msgspec.json.Decoder(WireChat).decode
        self._orders: dict[tuple[str, ...], bool] = {}

    def clean(self, line: bytes) -> Plain | None:
        """The chat in ``line`` when nothing can be wrong with it but what ``screen`` and counting keys tell."""
        try:
            chat = self._decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        roles = tuple([message.role for message in chat.messages])
        contents = tuple([message.content for message in chat.messages])
        if any(map(str.isspace, contents)) or not (self._orders.get(roles) or self._in_order(roles)):
            return None
        if chat.metadata is not None and not all(map(str.isprintable, chat.metadata)):
            return None
        return Plain(contents, roles[0] == "system", chat.metadata)

    def _in_order(self, roles: tuple[str, ...]) -> bool:
        known = self._orders.get(roles)
        if known is None:
            if len(self._orders) > KEPT_ORDERS:
                self._orders.clear()
            order = "".join(role[0] for role in roles)
            known = self._orders[roles] = PLAIN_ORDER.fullmatch(order) is not None
        return known


def keys_written(data: bytes) -> int:
    """How many keys JSON lines write, in which ``screen`` saw nothing odd.

    A quote inside a text is written with a backslash before it, so a quote and a colon without one end a key.
    """
    return data.count(b'":') - data.count(b'\\":')


def keys_held(chat: Plain) -> int:
    """How many keys ``chat`` has when each is written once."""
    return 1 + 2 * len(chat.contents) + (0 if chat.metadata is None else 1 + len(chat.metadata))
