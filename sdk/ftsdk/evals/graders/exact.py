"""Whether the answer is the expected text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ftsdk.data.value import Row
from ftsdk.evals.text import short
from ftsdk.evals.value import Score


@dataclass(frozen=True)
class Exact:
    """1 when answer and expected text are equal after trimming outer space (models differ in a last newline)."""

    name: str
    binary: ClassVar[bool] = True
    phrase: ClassVar[str] = "answers {} of rows exactly right"
    caution: ClassVar[str] = ""

    def grade(self, answer: str, row: Row) -> Score:
        given, expected = answer.strip(), row.answer.strip()
        if given == expected:
            return Score(value=1.0)
        return Score(value=0.0, detail=f"{short(given, 70)!r} instead of {short(expected, 70)!r}")
