"""Bedrock's training files: Claude's own form, and the Converse form of Nova and Llama.

Sources: the Bedrock user guide, "Prepare data for fine-tuning" (Claude 3 Haiku: ``system`` beside ``messages``, strict
alternation, no further keys) and "Preparing data for fine-tuning Understanding models" (``bedrock-conversation-2024``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ftsdk.data.exporting.turns import (
    lost_keys,
    lost_metadata,
    lost_weights,
    require_alternation,
    require_no_tools,
    system_and_rest,
)
from ftsdk.data.exporting.value import Exported, Target
from ftsdk.data.value import AnyRow, Message, Row

SCHEMA = "bedrock-conversation-2024"
KEYS = ("role", "content")


def claude(row: AnyRow) -> Exported:
    """A chat as Claude's form has it: plain texts, the system message apart."""
    assert isinstance(row, Row)
    system, turns = _plain_turns(row)
    said = {"messages": [{"role": turn.role, "content": turn.content} for turn in turns]}
    return Exported(({"system": system} if system is not None else {}) | said, _lost(row))


def converse(row: AnyRow) -> Exported:
    """A chat as the Converse form has it: every text in a list of blocks."""
    assert isinstance(row, Row)
    system, turns = _plain_turns(row)
    said: dict[str, Any] = {"schemaVersion": SCHEMA}
    if system is not None:
        said["system"] = [{"text": system}]
    said["messages"] = [{"role": turn.role, "content": [{"text": turn.content}]} for turn in turns]
    return Exported(said, _lost(row))


def _plain_turns(row: Row) -> tuple[str | None, Sequence[Message]]:
    require_no_tools(row, row.messages)
    require_alternation(row.messages)
    return system_and_rest(row.messages)


def _lost(row: Row) -> tuple[str, ...]:
    return (*lost_keys(row.messages, KEYS), *lost_weights(row), *lost_metadata(row))


CANNOT = (
    "tools", "weights: every answer of a chat is learnt", "names of messages", "two turns of one role in a row",
    "a first turn that is not the user's", "metadata", "preference pairs (dpo)", "graded prompts (rft)",
)  # fmt: skip
BEDROCK_CLAUDE = Target("Bedrock, Claude", {"sft": claude}, CANNOT)
BEDROCK_CONVERSE = Target("Bedrock, Nova and Llama (Converse)", {"sft": converse}, CANNOT)
