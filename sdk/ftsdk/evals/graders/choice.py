"""Whether the answer is the expected label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ftsdk.data.value import Row
from ftsdk.evals.text import short
from ftsdk.evals.value import Score

NONE = "(no label)"


@dataclass(frozen=True)
class Choice:
    """1 when the answer, without outer quotes and full stop and in any case, is the row's label.

    ``chosen`` names the label of an answer for the confusion matrix; an answer that is no label is ``(no label)``.
    """

    name: str
    labels: Sequence[str]
    binary: ClassVar[bool] = True
    phrase: ClassVar[str] = "chooses the right label on {} of rows"
    caution: ClassVar[str] = ""

    def grade(self, answer: str, row: Row) -> Score:
        expected, given = plain(row.answer), plain(answer)
        if self.labels and expected not in {plain(label) for label in self.labels}:
            raise ValueError(f"the expected answer {short(row.answer, 40)!r} of row {row.id} is none of the labels")
        if given == expected:
            return Score(value=1.0)
        return Score(value=0.0, detail=f"{short(given, 40)!r} instead of {short(expected, 40)!r}")

    def chosen(self, answer: str, labels: Sequence[str]) -> str:
        """The label of ``labels`` that an answer is, else ``(no label)``."""
        given = plain(answer)
        return next((label for label in labels if plain(label) == given), NONE)


def plain(text: str) -> str:
    """A label without what models put around one."""
    return re.sub(r"\s+", " ", text[:2000].strip().strip("\"'`*").rstrip(".").strip()).casefold()
