"""OpenAI's and Azure's training files: chats, preference pairs, graded prompts.

Sources: the ``FineTuneChatRequestInput``, ``FineTunePreferenceRequestInput`` and ``FineTuneReinforcementRequestInput``
schemas of OpenAI's OpenAPI document. Azure takes the same rows and asks for a byte order mark.
"""

from __future__ import annotations

from typing import Any

from ftsdk.data.exporting.turns import kept, lost_keys, lost_metadata
from ftsdk.data.exporting.value import Exported, JsonRow, Target, Unsayable
from ftsdk.data.messages import weighted
from ftsdk.data.value import AnyRow, GradedRow, PreferenceRow, Row

MESSAGE_KEYS = ("role", "content", "name", "tool_calls", "tool_call_id", "weight")
ANSWER_KEYS = ("role", "content", "name", "tool_calls")


def chat(row: AnyRow) -> Exported:
    """A row to imitate; earlier answers get ``weight`` 0 unless they say otherwise."""
    assert isinstance(row, Row)
    turns = weighted(row.messages)
    return Exported({"messages": kept(turns, MESSAGE_KEYS)} | asked_with(row), tuple(lost_metadata(row)))


def pair(row: AnyRow) -> Exported:
    """A preference pair; each answer is one assistant message."""
    assert isinstance(row, PreferenceRow)
    answers = {"preferred_output": row.preferred, "non_preferred_output": row.rejected}
    for key, turns in answers.items():
        if len(turns) != 1:
            raise Unsayable(f"its {key} has {len(turns)} messages, and the form takes one")
    written = {key: kept(turns, ANSWER_KEYS) for key, turns in answers.items()}
    asked = {"messages": kept(row.messages, MESSAGE_KEYS)} | asked_with(row)
    lost = lost_keys([*row.preferred, *row.rejected], ANSWER_KEYS)
    return Exported({"input": asked} | written, (*lost, *lost_metadata(row)))


def graded(row: AnyRow) -> Exported:
    """A graded prompt with what its grader sees."""
    assert isinstance(row, GradedRow)
    turns = {"messages": kept(row.messages, MESSAGE_KEYS)}
    return Exported(turns | asked_with(row) | row.reference, tuple(lost_metadata(row)))


def asked_with(row: AnyRow) -> JsonRow:
    """Declared tools and whether they may be called side by side."""
    said: dict[str, Any] = {"tools": list(row.tools)} if row.tools else {}
    return said if row.parallel_tool_calls is None else said | {"parallel_tool_calls": row.parallel_tool_calls}


CANNOT = ("metadata", "more than one message in an answer of a pair (dpo)")
OPENAI = Target("OpenAI", {"sft": chat, "dpo": pair, "rft": graded}, CANNOT)
AZURE = Target("Azure OpenAI", OPENAI.exporters, CANNOT, encoding="utf-8-sig")
