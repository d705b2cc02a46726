"""Rows to the one training file that every provider is given: canonical chat JSONL."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeVar

from ftsdk.data.messages import weighted
from ftsdk.data.rows import chat_json, row_json
from ftsdk.data.value import AnyRow, Example, Message, PreferenceRow, Row

AnyRowT = TypeVar("AnyRowT", bound=Example)


def as_chats(rows: Iterable[AnyRow]) -> tuple[Row, ...]:
    """Rows as chats with their answer: of a pair the preferred one. Graded prompts have none and are left out."""
    return tuple(chat for row in rows if (chat := _as_chat(row)) is not None)


def with_system(rows: Iterable[AnyRowT], system_prompt: str | None) -> tuple[AnyRowT, ...]:
    """``rows`` with ``system_prompt`` as their first message, in place of a system message of their own."""
    if system_prompt is None:
        return tuple(rows)
    first = Message(role="system", content=system_prompt)
    return tuple(_told(row, first) for row in rows)


def training_file(rows: Iterable[AnyRow], system_prompt: str | None) -> bytes:
    """Canonical JSONL with the system message first; the same rows and prompt give the same bytes on every machine.

    Earlier turns of the assistant get ``"weight": 0`` (OpenAI's key, which others took over) unless the row says
    otherwise: the answer alone is learnt. Metadata stays behind: providers refuse keys that they do not know.
    """
    return b"".join(_line(row) for row in with_system(rows, system_prompt))


def _as_chat(row: AnyRow) -> Row | None:
    if isinstance(row, PreferenceRow):
        known = {name: getattr(row, name) for name in Row.model_fields if name != "messages"}
        return Row(**known, messages=(*row.messages, *row.preferred))
    return row if isinstance(row, Row) else None


def _told(row: AnyRowT, first: Message) -> AnyRowT:
    rest = row.messages[1:] if row.messages[0].role == "system" else row.messages
    return row.model_copy(update={"messages": (first, *rest)})


def _line(row: AnyRow) -> bytes:
    if isinstance(row, Row):
        written = chat_json(row.model_copy(update={"messages": weighted(row.messages)}))
    else:
        written = row_json(row.model_copy(update={"metadata": {}}))
    return json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
