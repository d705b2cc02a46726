"""One mapping to one row: the rules that an example of each method must satisfy, each broken one with its sentence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, overload

from ftsdk.data.codes import CODES
from ftsdk.data.forms import NAMES, Form, form_of
from ftsdk.data.messages import Fault, message_faults, message_of, order_faults, unknown_keys
from ftsdk.data.tool_calls import tool_faults
from ftsdk.data.value import AnyRow, GradedRow, Message, Method, PreferenceRow, Row
from ftsdk.diagnostics import Severity

CHAT_KEYS = ("messages", "tools", "parallel_tool_calls", "metadata")
PAIR_KEYS = ("input", "preferred_output", "non_preferred_output", "metadata")
INPUT_KEYS = ("messages", "tools", "parallel_tool_calls")


@overload
def parse_row(value: Any, line: int, method: Literal["sft"] = "sft") -> tuple[Row | None, tuple[Fault, ...]]: ...
@overload
def parse_row(value: Any, line: int, method: Literal["dpo"]) -> tuple[PreferenceRow | None, tuple[Fault, ...]]: ...
@overload
def parse_row(value: Any, line: int, method: Literal["rft"]) -> tuple[GradedRow | None, tuple[Fault, ...]]: ...
@overload
def parse_row(value: Any, line: int, method: Method) -> tuple[AnyRow | None, tuple[Fault, ...]]: ...
def parse_row(value: Any, line: int, method: Method = "sft") -> tuple[AnyRow | None, tuple[Fault, ...]]:
    """The row in ``value`` (None when a fault is an error) and everything that is wrong with it or doubtful."""
    faults = mapping_faults(value, method)
    return (None if refused(faults) else make_row(value, line, method)), faults


def refused(faults: Iterable[Fault]) -> bool:
    """Whether a row with these faults is no row."""
    return any(CODES[fault.code].severity is Severity.error for fault in faults)


def mapping_faults(value: Any, method: Method) -> tuple[Fault, ...]:
    """Everything wrong or doubtful with one decoded row."""
    if not isinstance(value, Mapping):
        help = 'write {"messages": [...]} on each line'
        return (Fault("data/not-an-object", "the row is not a JSON object", help),)
    form = form_of(value.keys())
    if form is not None and {form, method} not in ({"sft"}, {"dpo"}, {"sft", "rft"}):
        return (_other_form(form, method),)
    rules = {"sft": _chat_faults, "dpo": _pair_faults, "rft": _graded_faults}[method]
    return (*rules(value), *_metadata_faults(value))


def row_faults(row: AnyRow) -> tuple[Fault, ...]:
    """What is wrong with a row that was made by hand rather than read."""
    method: Method = {Row: "sft", PreferenceRow: "dpo", GradedRow: "rft"}[type(row)]  # type: ignore[assignment]
    return mapping_faults(row_json(row), method)


def row_json(row: AnyRow) -> dict[str, Any]:
    """The row as it is written in canonical JSONL, keys that say nothing left out."""
    chat = chat_json(row)
    metadata = {"metadata": row.metadata} if row.metadata else {}
    if isinstance(row, PreferenceRow):
        outputs = {"preferred_output": row.preferred, "non_preferred_output": row.rejected}
        written = {key: [message.model_dump() for message in turns] for key, turns in outputs.items()}
        return {"input": chat} | written | metadata
    return chat | (row.reference if isinstance(row, GradedRow) else {}) | metadata


def chat_json(row: AnyRow) -> dict[str, Any]:
    """The row's chat and tools as they are written, without what is only carried along."""
    chat: dict[str, Any] = {"messages": [message.model_dump() for message in row.messages]}
    if row.tools:
        chat["tools"] = list(row.tools)
    if row.parallel_tool_calls is not None:
        chat["parallel_tool_calls"] = row.parallel_tool_calls
    return chat


def make_row(value: Mapping[str, Any], line: int, method: Method) -> AnyRow:
    """The row in ``value``, which has no fault that is an error."""
    metadata = {key: _text(item) for key, item in (value.get("metadata") or {}).items()}
    known: dict[str, Any] = {
        "id": metadata.get("id") or f"line-{line}",
        "line": line,
        "group": metadata.get("group"),
        "metadata": metadata,
    }
    if method == "dpo":
        chat = value["input"]
        preferred, rejected = _turns(value["preferred_output"]), _turns(value["non_preferred_output"])
        return PreferenceRow(**known, **_chat(chat), preferred=preferred, rejected=rejected)
    if method == "rft":
        reference = {key: item for key, item in value.items() if key not in CHAT_KEYS}
        return GradedRow(**known, **_chat(value), reference=reference)
    return Row(**known, **_chat(value))


def _chat(chat: Mapping[str, Any]) -> dict[str, Any]:
    tools = tuple(chat.get("tools") or ())
    return {
        "messages": _turns(chat["messages"]),
        "tools": tools,
        "parallel_tool_calls": chat.get("parallel_tool_calls"),
    }


def _turns(messages: Sequence[Mapping[str, Any]]) -> tuple[Message, ...]:
    return tuple(message_of(message) for message in messages)


def _other_form(form: Form, method: Method) -> Fault:
    message = f"this is {NAMES[form]}, not {NAMES[method]}"
    if form not in ("sft", "dpo"):
        return Fault("data/other-format", message, "`ft data import` turns it into rows")
    help = f"keep one method's rows in one file, or name theirs: --method {form}, in a spec method.type: {form}"
    return Fault("data/mixed-formats", message, help)


def _chat_faults(value: Mapping[str, Any]) -> Iterator[Fault]:
    yield from unknown_keys(value, CHAT_KEYS, "put what is only carried along below 'metadata'")
    yield from _turn_faults(value, answered=True)


def _graded_faults(value: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _turn_faults(value, answered=False)


def _turn_faults(chat: Mapping[str, Any], *, answered: bool) -> Iterator[Fault]:
    messages = chat.get("messages")
    if not isinstance(messages, (list, tuple)) or not messages:
        yield Fault("data/no-messages", "'messages' is missing or empty", 'write {"messages": [{"role": ...}, ...]}')
        return
    for number, message in enumerate(messages, 1):
        yield from message_faults(message, number, is_answer=answered and number == len(messages))
    yield from order_faults(messages, answered=answered)
    yield from tool_faults(messages, chat.get("tools"), chat.get("parallel_tool_calls"))


def _pair_faults(value: Mapping[str, Any]) -> Iterator[Fault]:
    yield from unknown_keys(value, PAIR_KEYS, "put what is only carried along below 'metadata'")
    chat = value.get("input")
    if isinstance(chat, Mapping):
        yield from unknown_keys(chat, INPUT_KEYS, "'input' holds messages and tools")
        yield from _turn_faults(chat, answered=False)
    else:
        yield Fault("data/no-messages", "'input' is not an object with messages", 'write "input": {"messages": [...]}')
    faulty = False
    for key in ("preferred_output", "non_preferred_output"):
        for fault in _output_faults(value.get(key), key):
            faulty = True
            yield fault
    if not faulty:
        yield from _same_answers(value["preferred_output"], value["non_preferred_output"])


def _output_faults(turns: Any, key: str) -> Iterator[Fault]:
    if not isinstance(turns, (list, tuple)) or not turns or not all(isinstance(turn, Mapping) for turn in turns):
        help = f'write "{key}": [{{"role": "assistant", "content": ...}}]'
        yield Fault("data/preference-output", f"'{key}' is not a list of messages", help)
        return
    for number, turn in enumerate(turns, 1):
        yield from message_faults(turn, number, is_answer=number == len(turns), within=f" of {key}")
    roles = {turn.get("role") for turn in turns}
    if turns[-1].get("role") != "assistant" or not roles <= {"assistant", "tool"}:
        yield Fault(
            "data/preference-output", f"'{key}' is not the assistant's", "an answer ends with the assistant's message"
        )


def _same_answers(preferred: Sequence[Mapping[str, Any]], rejected: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    first, second = (json.dumps(turns, sort_keys=True) for turns in (preferred, rejected))
    if first == second:
        yield Fault("data/equal-pair", "both answers are the same", "remove the row, or write a worse answer")
    elif _spaceless(preferred) == _spaceless(rejected):
        help = "remove the row: the model would learn spacing"
        yield Fault("data/equal-but-space", "the answers differ only in whitespace", help)


def _spaceless(turns: Sequence[Mapping[str, Any]]) -> str:
    plain = [{**turn, "content": "".join(str(turn.get("content") or "").split())} for turn in turns]
    return json.dumps(plain, sort_keys=True)


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
