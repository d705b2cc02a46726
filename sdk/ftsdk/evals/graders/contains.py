"""Whether the answer contains certain texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ftsdk.data.value import Row
from ftsdk.evals.text import short
from ftsdk.evals.value import Score


@dataclass(frozen=True)
class Contains:
    """1 when the answer has every text (or, without ``every``, one of them); the expected answer when none is named."""

    name: str
    texts: Sequence[str]
    every: bool
    binary: ClassVar[bool] = True
    phrase: ClassVar[str] = "says what was asked for on {} of rows"
    caution: ClassVar[str] = ""

    def grade(self, answer: str, row: Row) -> Score:
        wanted = self.texts or (row.answer.strip(),)
        missing = [text for text in wanted if text not in answer]
        if not missing or (not self.every and len(missing) < len(wanted)):
            return Score(value=1.0)
        return Score(value=0.0, detail=f"lacks {', '.join(repr(short(text, 40)) for text in missing[:4])}")
