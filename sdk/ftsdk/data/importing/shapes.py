"""Which converter makes a row of a record, and what keys it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ftsdk.data.forms import NAMES, Form, form_of
from ftsdk.data.importing.content import Chat
from ftsdk.data.importing.foreign import alpaca, chat, converse, preference, prompt_completion, ready, sharegpt
from ftsdk.data.importing.logs import logged
from ftsdk.data.value import Method


class Shape(NamedTuple):
    """A published shape: its converter, the keys that it reads (None: not worth telling) and what it becomes."""

    convert: Callable[[Mapping[str, Any]], Chat]
    keys: frozenset[str] | None
    method: Method = "sft"


CHAT = {"messages", "system", "tools", "functions", "parallel_tool_calls", "metadata", "id"}
SHAPES: dict[Form, Shape] = {
    "sft": Shape(chat, frozenset(CHAT)),
    "prompt_completion": Shape(prompt_completion, frozenset({"prompt", "completion", "tools", "metadata", "id"})),
    "sharegpt": Shape(sharegpt, frozenset({"conversations", "system", "metadata", "id"})),
    "alpaca": Shape(alpaca, frozenset({"instruction", "input", "output", "system", "history", "metadata", "id"})),
    "request": Shape(logged, None),
    "converse": Shape(converse, frozenset({"schemaVersion", "system", "messages", "metadata", "id"})),
    "trl_preference": Shape(preference, frozenset({"prompt", "chosen", "rejected", "tools", "metadata", "id"}), "dpo"),
    "dpo": Shape(ready, None, "dpo"),
}
MESSAGE_KEYS = frozenset({"role", "content", "name", "tool_calls", "tool_call_id", "weight", "function_call"})


def shape_of(record: Mapping[str, Any]) -> tuple[str, Shape] | None:
    """The name and the shape of a record; None when it has none that is known."""
    form = form_of(record.keys())
    shape = SHAPES.get(form) if form else None
    return (NAMES[form], shape) if form and shape else None


def not_taken(record: Mapping[str, Any], shape: Shape) -> Iterator[str]:
    """The keys of a record that its row will not have."""
    if shape.keys is None:
        return
    yield from (str(key) for key, value in record.items() if key not in shape.keys and value not in (None, "", [], {}))
    messages = record.get("messages")
    said = {key for turn in messages if isinstance(turn, Mapping) for key in turn if turn[key]} if messages else set()
    yield from (f"messages.{key}" for key in sorted(map(str, said - MESSAGE_KEYS)))
