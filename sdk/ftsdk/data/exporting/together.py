"""Together's training files: chats and preference pairs, one form a file.

Source: Together's data preparation and function calling pages (2026): roles alternate after an optional system
message, ``weight`` 0 or 1 on messages, ``tools`` beside ``messages``, one assistant message an answer of a pair.
"""

from __future__ import annotations

from typing import Any

from ftsdk.data.exporting.turns import kept, lost_keys, lost_metadata, require_alternation
from ftsdk.data.exporting.value import Exported, Target, Unsayable
from ftsdk.data.messages import weighted
from ftsdk.data.value import AnyRow, Message, PreferenceRow, Row

MESSAGE_KEYS = ("role", "content", "tool_calls", "tool_call_id", "weight")
PARALLEL = "parallel_tool_calls is left behind"


def chat(row: AnyRow) -> Exported:
    """A row to imitate."""
    assert isinstance(row, Row)
    return Exported(_asked(row, weighted(row.messages)), (*lost_keys(row.messages, MESSAGE_KEYS), *_lost(row)))


def pair(row: AnyRow) -> Exported:
    """A preference pair; each answer is one assistant message."""
    assert isinstance(row, PreferenceRow)
    answers = {"preferred_output": row.preferred, "non_preferred_output": row.rejected}
    for key, turns in answers.items():
        if len(turns) != 1:
            raise Unsayable(f"its {key} has {len(turns)} messages, and the form takes one")
    written = {key: kept(turns, ("role", "content", "tool_calls")) for key, turns in answers.items()}
    everything = [*row.messages, *row.preferred, *row.rejected]
    return Exported({"input": _asked(row, row.messages)} | written, (*lost_keys(everything, MESSAGE_KEYS), *_lost(row)))


def _asked(row: AnyRow, turns: tuple[Message, ...]) -> dict[str, Any]:
    require_alternation(turns)
    tools = {"tools": list(row.tools)} if row.tools else {}
    return {"messages": kept(turns, MESSAGE_KEYS)} | tools


def _lost(row: AnyRow) -> tuple[str, ...]:
    return (*((PARALLEL,) if row.parallel_tool_calls is not None else ()), *lost_metadata(row))


TOGETHER = Target(
    "Together",
    {"sft": chat, "dpo": pair},
    (
        "metadata", "parallel_tool_calls", "names of messages", "two turns of one role in a row",
        "more than one message in an answer of a pair (dpo)", "graded prompts (rft)",
    ),
)  # fmt: skip
