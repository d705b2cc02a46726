"""Rows, datasets and what is known of them."""

from __future__ import annotations

from typing import Literal

from ftsdk.diagnostics import Diagnostic
from ftsdk.values import Value

Role = Literal["system", "user", "assistant", "tool"]


class Message(Value):
    """One turn of a chat."""

    role: Role
    content: str


class Row(Value):
    """One example: a chat whose last message is the answer; ``line`` counts from 1 in its file.

    ``id`` is metadata.id or ``line-N``; ``group`` (metadata.group) names what rows share (a template, a customer), so
    that they stay on one side of a split and count as one cluster in intervals.
    """

    id: str
    line: int
    messages: tuple[Message, ...]
    group: str | None = None
    metadata: dict[str, str] = {}

    @property
    def prompt(self) -> tuple[Message, ...]:
        """Everything before the answer."""
        return self.messages[:-1]

    @property
    def answer(self) -> str:
        """What a right answer says."""
        return self.messages[-1].content


class Dataset(Value):
    """The rows of one file, with the sha256 of its bytes."""

    path: str
    sha256: str
    rows: tuple[Row, ...]


class Ledger(Value):
    """Where every token goes, over all rows, once through: input = trained + masked + truncated + dropped + padding."""

    rows: int
    input: int
    trained: int
    masked: int
    truncated: int
    dropped: int
    padding: int
    longest: int


class LeakCertificate(Value):
    """What train and test share. ``exact`` counts test rows whose prompt (normalised) occurs in the training rows."""

    train_sha256: str
    test_sha256: str
    method: str
    exact: int
    shared_groups: tuple[str, ...]

    @property
    def held_out(self) -> bool:
        """Whether the test rows may be called held-out."""
        return self.exact == 0


class DataReport(Value):
    """All findings of one check, the token ledger and the totals."""

    findings: tuple[Diagnostic, ...]
    ledger: Ledger | None
    totals: dict[str, int]
