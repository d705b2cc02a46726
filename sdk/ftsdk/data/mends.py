"""What `ft data fix` does to a row, code by code: each mend changes the decoded row and says whether it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from ftsdk.data.messages import CONTROL_TOKEN, HALF_CHARACTER, RENAMED, ROLES
from ftsdk.data.private import BY_NAME, find
from ftsdk.data.rows import mapping_faults
from ftsdk.data.value import Method

JsonRow = dict[str, Any]
Mend = Callable[[JsonRow, Method], bool]
LISTS = ("messages", "preferred_output", "non_preferred_output")
REPLACEMENT = "\ufffd"


class Gone(Exception):
    """The row teaches nothing and is to be left out."""


def _roles(row: JsonRow, method: Method) -> bool:
    """Roles of other formats and in capitals get our names."""
    changed = False
    for turn in _turns(row):
        role = turn.get("role")
        known = RENAMED.get(role.strip().lower(), role.strip().lower()) if isinstance(role, str) else None
        if known in ROLES and known != role:
            turn["role"] = known
            changed = True
    return changed


def _contents(row: JsonRow, method: Method) -> bool:
    """A list of text parts becomes one text; parts of another kind stay."""
    changed = False
    for turn in _turns(row):
        parts = turn.get("content")
        if isinstance(parts, list) and parts and all(isinstance(part, dict) and _text(part) for part in parts):
            turn["content"] = "\n".join(part["text"] for part in parts)
            changed = True
    return changed


def _last(row: JsonRow, method: Method) -> bool:
    """Turns after the last answer go, where a question and an answer remain."""
    messages = row.get("messages")
    if method != "sft" or not isinstance(messages, list):
        return False
    answers = [
        place for place, turn in enumerate(messages) if isinstance(turn, dict) and turn.get("role") == "assistant"
    ]
    if not answers or answers[-1] == len(messages) - 1 or messages[answers[-1]].get("tool_calls"):
        return False
    del messages[answers[-1] + 1 :]
    return True


def _equal_pairs(code: str, row: JsonRow, method: Method) -> bool:
    """Pairs that teach nothing go."""
    if method == "dpo" and any(fault.code == code for fault in mapping_faults(row, method)):
        raise Gone
    return False


def _outer_whitespace(row: JsonRow, method: Method) -> bool:
    """Answers lose the whitespace around them."""
    changed = False
    for turns in _answers(row, method):
        for turn in turns:
            content = turn.get("content")
            if turn.get("role") == "assistant" and isinstance(content, str) and content != content.strip():
                turn["content"] = content.strip()
                changed = True
    return changed


def _in_texts(write: Callable[[str], str], row: JsonRow, method: Method) -> bool:
    """Every text of the messages as ``write`` has it."""
    changed = False
    for turn in _turns(row):
        for holder, key in _texts(turn):
            written = write(holder[key])
            if written != holder[key]:
                holder[key] = written
                changed = True
    return changed


def _masked(sort: str, text: str) -> str:
    for item in reversed(find(text)):
        if BY_NAME[item.kind].sort == sort:
            text = f"{text[: item.start]}[{item.kind}]{text[item.end :]}"
    return text


# In the order in which they are tried: what makes a row readable first, what leaves it out last.
MENDS: tuple[tuple[str, Mend], ...] = (
    ("data/role", _roles),
    ("data/content", _contents),
    ("data/surrogate", partial(_in_texts, lambda text: HALF_CHARACTER.sub(REPLACEMENT, text))),
    ("data/control-token", partial(_in_texts, lambda text: CONTROL_TOKEN.sub("", text))),
    ("data/secret", partial(_in_texts, partial(_masked, "secret"))),
    ("data/personal", partial(_in_texts, partial(_masked, "personal"))),
    ("data/last-not-assistant", _last),
    ("data/outer-whitespace", _outer_whitespace),
    ("data/equal-pair", partial(_equal_pairs, "data/equal-pair")),
    ("data/equal-but-space", partial(_equal_pairs, "data/equal-but-space")),
)


def masking(write: Callable[[str], str]) -> Mend:
    """A mend that has ``write`` go over every text of the messages."""
    return partial(_in_texts, write)


def _turns(row: JsonRow) -> Iterator[JsonRow]:
    """Every message of a row, wherever it stands."""
    inner = row.get("input")
    for holder in (row, inner if isinstance(inner, dict) else {}):
        for name in LISTS:
            turns = holder.get(name)
            yield from (turn for turn in turns if isinstance(turn, dict)) if isinstance(turns, list) else ()


def _answers(row: JsonRow, method: Method) -> Iterator[list[JsonRow]]:
    """What is learnt: the last turn, or both answers of a pair."""
    found = [row.get("messages")] if method == "sft" else [row.get(name) for name in LISTS[1:]]
    for turns in found:
        if isinstance(turns, list):
            yield [turn for turn in turns[-1:] if isinstance(turn, dict)]


def _texts(turn: JsonRow) -> Iterator[tuple[JsonRow, str]]:
    """Where a message holds text: its content and the arguments of its calls."""
    if isinstance(turn.get("content"), str):
        yield turn, "content"
    calls = turn.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict) and isinstance(function.get("arguments"), str):
            yield function, "arguments"


def _text(part: JsonRow) -> bool:
    return part.get("type") == "text" and isinstance(part.get("text"), str)
