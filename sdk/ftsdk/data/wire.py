"""The quick look: most rows are plain chats, and typed decoding with a few byte searches shows that they have no fault.

A row that passes here breaks no rule of ``rows``; a row that does not may still be good and is judged there, in words.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

Plain = str | int | float | bool | None


class WireMessage(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A turn without tools, names or weights."""

    role: Literal["system", "user", "assistant"]
    content: str


class WireChat(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A chat without tools."""

    messages: list[WireMessage]
    metadata: dict[str, Plain] | None = None


PLAIN_ORDER = re.compile(r"s?(?:ua)+")


class Glance:
    """Judges lines one after the other; remembers the orders of roles that it has seen."""

    def __init__(self) -> None:
        self._decode = msgspec.json.Decoder(WireChat).decode
        self._orders: dict[str, bool] = {}

    def clean(self, line: bytes) -> WireChat | None:
        """The chat in ``line`` when nothing can be wrong with it but what ``screen`` and counting keys tell."""
        try:
            chat = self._decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        order = "".join([message.role[0] for message in chat.messages])
        if order not in self._orders:
            if len(self._orders) > 10_000:
                self._orders.clear()
            self._orders[order] = PLAIN_ORDER.fullmatch(order) is not None
        if not self._orders[order] or (chat.metadata is not None and not _printable(chat.metadata)):
            return None
        for message in chat.messages:
            if not message.content or message.content.isspace():
                return None
        return chat


def keys_written(data: bytes) -> int:
    """How many keys JSON lines write, in which ``screen`` saw nothing odd.

    A quote inside a text is written with a backslash before it, so a quote and a colon without one end a key.
    """
    return data.count(b'":') - data.count(b'\\":')


def keys_held(chat: WireChat) -> int:
    """How many keys ``chat`` has when each is written once."""
    extra = 0 if chat.metadata is None else 1 + len(chat.metadata)
    return 1 + 2 * len(chat.messages) + extra


def _printable(metadata: dict[str, Plain]) -> bool:
    return all(key.isprintable() for key in metadata)
