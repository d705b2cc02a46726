"""TRL's columns: prompt and completion, prompt with chosen and rejected, prompt with what reward functions see.

Source: TRL's dataset formats page (1.x). Prompt and completion rather than ``messages``, because SFTTrainer then
learns the completion alone without needing a chat template with generation marks. Arguments of tool calls are objects:
chat templates write them as JSON themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from ftsdk.data.exporting.turns import kept, lost_keys, lost_metadata
from ftsdk.data.exporting.value import Exported, Target
from ftsdk.data.messages import weighted
from ftsdk.data.value import AnyRow, GradedRow, Message, PreferenceRow, Row

MESSAGE_KEYS = ("role", "content", "name", "tool_calls", "tool_call_id")


def completion(row: AnyRow) -> Exported:
    """A row to imitate: the answer is the completion, all before it the prompt."""
    assert isinstance(row, Row)
    said = {"prompt": turns(row.prompt), "completion": turns(row.messages[-1:])} | _tools(row)
    return Exported(said, (*_lost_weights(row), *_lost(row, row.messages)))


def pair(row: AnyRow) -> Exported:
    """A preference pair."""
    assert isinstance(row, PreferenceRow)
    answers = {"chosen": turns(row.preferred), "rejected": turns(row.rejected)}
    everything = [*row.messages, *row.preferred, *row.rejected]
    return Exported({"prompt": turns(row.messages)} | answers | _tools(row), tuple(_lost(row, everything)))


def graded(row: AnyRow) -> Exported:
    """A prompt with what the reward functions see as further columns."""
    assert isinstance(row, GradedRow)
    return Exported({"prompt": turns(row.messages)} | _tools(row) | row.reference, tuple(_lost(row, row.messages)))


def turns(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages with the arguments of their calls as objects."""
    written = kept(messages, MESSAGE_KEYS)
    for call in (call for turn in written for call in turn.get("tool_calls", ())):
        call["function"]["arguments"] = json.loads(call["function"]["arguments"] or "{}")
    return written


def _tools(row: AnyRow) -> dict[str, Any]:
    return {"tools": list(row.tools)} if row.tools else {}


def _lost_weights(row: Row) -> Iterator[str]:
    answers = [turn for turn in weighted(row.messages) if turn.role == "assistant"]
    if any(turn.weight == 1 for turn in answers[:-1]):
        yield "weight 1 of earlier answers cannot be said: the last alone is learnt"


def _lost(row: AnyRow, messages: Sequence[Message]) -> Iterator[str]:
    yield from lost_keys(messages, MESSAGE_KEYS)
    if row.parallel_tool_calls is not None:
        yield "parallel_tool_calls is left behind"
    yield from lost_metadata(row)


TRL = Target(
    "TRL",
    {"sft": completion, "dpo": pair, "rft": graded},
    ("metadata", "parallel_tool_calls", "weights: the last answer of a chat is learnt, and it alone"),
)
