"""Turns under a whitelist of keys, with what falls off counted as a loss."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any

from ftsdk.data.exporting.value import Unsayable
from ftsdk.data.messages import weighted
from ftsdk.data.value import AnyRow, Message, Row

METADATA = "metadata is left behind"


def kept(messages: Sequence[Message], keys: Collection[str]) -> list[dict[str, Any]]:
    """The messages with these keys only."""
    return [{key: value for key, value in message.model_dump().items() if key in keys} for message in messages]


def lost_keys(messages: Sequence[Message], keys: Collection[str]) -> Iterator[str]:
    """What the whitelist takes away, as sentences."""
    found = {key for message in messages for key in message.model_dump() if key not in keys}
    yield from (f"a message's {key} is left behind" for key in sorted(found - {"weight"}))


def lost_weights(row: Row) -> Iterator[str]:
    """What a form that learns every assistant turn, or the last alone, gets wrong; see ``weights_learnt``."""
    turns = [turn for turn in weighted(row.messages) if turn.role == "assistant"]
    if any(turn.weight == 0 for turn in turns):
        yield "weight 0 cannot be said: earlier answers are learnt too"


def lost_metadata(row: AnyRow) -> Iterator[str]:
    """That what is only carried along stays here."""
    if row.metadata:
        yield METADATA


def require_no_tools(row: AnyRow, turns: Sequence[Message]) -> None:
    """Raise Unsayable when tools are declared, called or answered."""
    if row.tools or any(turn.tool_calls or turn.role == "tool" for turn in turns):
        raise Unsayable("it uses tools")


def require_alternation(turns: Sequence[Message]) -> None:
    """Raise Unsayable unless the turns after a system message go user, assistant, user, ... (tools in between)."""
    spoken = [turn.role for turn in turns if turn.role != "system"]
    if spoken[:1] != ["user"]:
        raise Unsayable("its first turn is not the user's")
    for first, second in pairwise(spoken):
        if first == second and first in ("user", "assistant"):
            raise Unsayable(f"two turns of the {first} follow one another")


def system_and_rest(turns: Sequence[Message]) -> tuple[str | None, Sequence[Message]]:
    """The system message's text, and the other turns."""
    return (turns[0].content, turns[1:]) if turns[0].role == "system" else (None, turns)
