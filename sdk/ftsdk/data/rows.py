"""One mapping to one row: the rules that a chat example must satisfy, each broken one with its sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, get_args

from ftsdk.data.value import Message, Role, Row
from ftsdk.spec.suggest import did_you_mean, nearest

ROLES: tuple[str, ...] = get_args(Role)
ROW_KEYS = ("messages", "metadata")
MESSAGE_KEYS = ("role", "content")

# What chat templates use as structure (ChatML, Llama 3, Llama 2, Gemma): inside content it would forge a turn.
CONTROL_TOKEN = re.compile(r"<\|[a-zA-Z0-9_]{2,40}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>")


class Fault(NamedTuple):
    """One rule that a row breaks."""

    code: str
    message: str
    help: str


def parse_row(value: Any, line: int) -> tuple[Row | None, tuple[Fault, ...]]:
    """The row in ``value``, or everything that is wrong with it."""
    if not isinstance(value, Mapping):
        fault = Fault("data/not-an-object", "the row is not a JSON object", 'write {"messages": [...]} on each line')
        return None, (fault,)
    faults = [*_unknown_keys(value, ROW_KEYS), *_message_faults(value.get("messages")), *_metadata_faults(value)]
    if faults:
        return None, tuple(faults)
    metadata = {key: _text(item) for key, item in (value.get("metadata") or {}).items()}
    messages = tuple(Message(role=item["role"], content=item["content"]) for item in value["messages"])
    row = Row(
        id=metadata.get("id") or f"line-{line}",
        line=line,
        messages=messages,
        group=metadata.get("group"),
        metadata=metadata,
    )
    return row, ()


def row_faults(row: Row) -> tuple[Fault, ...]:
    """What is wrong with a row that was made by hand rather than read."""
    return tuple(_message_faults([message.model_dump() for message in row.messages]))


def _unknown_keys(value: Mapping[str, Any], known: tuple[str, ...]) -> Iterator[Fault]:
    for key in value:
        if key not in known:
            near = nearest(str(key), known) if isinstance(key, str) else None
            help = f"did you mean '{near}'?" if near else "put what is only carried along below 'metadata'"
            yield Fault("data/unknown-key", f"unknown key '{str(key)[:40]}'", help)


def _message_faults(messages: Any) -> Iterator[Fault]:
    if not isinstance(messages, (list, tuple)) or not messages:
        yield Fault("data/no-messages", "'messages' is missing or empty", 'write {"messages": [{"role": ...}, ...]}')
        return
    for number, message in enumerate(messages, 1):
        if isinstance(message, Mapping):
            yield from _unknown_keys(message, MESSAGE_KEYS)
            yield from _role_faults(message.get("role"), number)
            yield from _content_faults(message, number, number == len(messages))
        else:
            yield Fault("data/message", f"message {number} is not an object", "write {role, content}")
    yield from _order_faults([message.get("role") if isinstance(message, Mapping) else None for message in messages])


def _role_faults(role: Any, number: int) -> Iterator[Fault]:
    if not isinstance(role, str) or role not in ROLES:
        help = did_you_mean(role, ROLES, "roles") if isinstance(role, str) else f"roles: {', '.join(ROLES)}"
        shown = f"unknown role '{role[:40]}'" if isinstance(role, str) else "no role"
        yield Fault("data/role", f"message {number} has {shown}", help)


def _content_faults(message: Mapping[str, Any], number: int, is_answer: bool) -> Iterator[Fault]:
    content = message.get("content")
    if not isinstance(content, str):
        yield Fault(
            "data/content", f"message {number} has no text as content", "content is one text; parts are not taken"
        )
        return
    if not content.strip():
        name, code = ("the answer", "data/empty-answer") if is_answer else (f"message {number}", "data/empty-content")
        what = "only whitespace" if content else "empty"
        yield Fault(code, f"{name} is {what}", "write it, or remove the row")
    token = CONTROL_TOKEN.search(content)
    if token:
        message_text = f"message {number} contains the control token {token.group()}"
        yield Fault("data/control-token", message_text, "remove it: the chat template adds its own")
    if not content.isascii() and any("\ud800" <= character <= "\udfff" for character in content):
        yield Fault("data/surrogate", f"message {number} contains half a character", "repair the \\ud... escape")


def _order_faults(roles: list[Any]) -> Iterator[Fault]:
    if "system" in roles[1:]:
        yield Fault("data/order", "a system message stands after another message", "put it first, once")
    if roles[-1] != "assistant":
        yield Fault(
            "data/last-not-assistant", "the last message is not the assistant's", "end each row with the answer"
        )
    if "user" not in roles:
        yield Fault("data/order", "no user message", "write what the answer answers")


def _metadata_faults(value: Mapping[str, Any]) -> Iterator[Fault]:
    metadata = value.get("metadata")
    if metadata is None:
        return
    if not isinstance(metadata, Mapping) or not all(_is_plain(key, item) for key, item in metadata.items()):
        yield Fault("data/metadata", "metadata is not a mapping of plain values", "use text, numbers, true and false")


def _is_plain(key: Any, item: Any) -> bool:
    if isinstance(item, str) and any("\ud800" <= character <= "\udfff" for character in item):
        return False
    return isinstance(key, str) and key.isprintable() and (item is None or isinstance(item, (str, int, float)))


def _text(item: Any) -> str:
    return item if isinstance(item, str) else json.dumps(item)
