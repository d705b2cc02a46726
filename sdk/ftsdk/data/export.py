"""Rows to the one training file that every provider is given: canonical chat JSONL."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ftsdk.data.messages import weighted
from ftsdk.data.rows import chat_json
from ftsdk.data.value import Message, Row


def with_system(rows: Iterable[Row], system_prompt: str | None) -> tuple[Row, ...]:
    """``rows`` with ``system_prompt`` as their first message, in place of a system message of their own."""
    if system_prompt is None:
        return tuple(rows)
    first = Message(role="system", content=system_prompt)
    return tuple(row.model_copy(update={"messages": (first, *_without_system(row))}) for row in rows)


def training_file(rows: Iterable[Row], system_prompt: str | None) -> bytes:
    """Chat JSONL with the system message first; the same rows and prompt give the same bytes on every machine.

    Earlier turns of the assistant get ``"weight": 0`` (OpenAI's key, which others took over) unless the row says
    otherwise: the answer alone is learnt. Metadata stays behind: providers refuse keys that they do not know.
    """
    return b"".join(_line(row) for row in with_system(rows, system_prompt))


def _without_system(row: Row) -> tuple[Message, ...]:
    return row.messages[1:] if row.messages[0].role == "system" else row.messages


def _line(row: Row) -> bytes:
    written = chat_json(row.model_copy(update={"messages": weighted(row.messages)}))
    return json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
