"""Whether the answer's number is near the expected one."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import ClassVar

from ftsdk.data.value import Row
from ftsdk.evals.text import short
from ftsdk.evals.value import Score

NUMBER = re.compile(r"[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d+)?")
_LONGEST = 20_000  # a number stands near the end of an answer; 10 MB of text are not searched


@dataclass(frozen=True)
class Number:
    """1 when the last number of the answer differs by at most ``tolerance`` (of the expected number: ``relative``)."""

    name: str
    tolerance: float
    relative: bool
    binary: ClassVar[bool] = True
    phrase: ClassVar[str] = "gives the right number on {} of rows"
    caution: ClassVar[str] = ""

    def grade(self, answer: str, row: Row) -> Score:
        expected = last_number(row.answer)
        if expected is None:
            raise ValueError(f"the expected answer of row {row.id} has no number")
        given = last_number(answer)
        if given is None:
            return Score(value=0.0, detail=f"no number in {short(answer, 70)!r}")
        reach = self.tolerance * (abs(expected) if self.relative else 1.0)
        if abs(given - expected) <= reach + 1e-12 * abs(expected):
            return Score(value=1.0)
        return Score(value=0.0, detail=f"{given:g} instead of {expected:g}")


def last_number(text: str) -> float | None:
    """The last number in a text, thousands separated by commas or not; None when there is none."""
    found = [match.group() for match in NUMBER.finditer(text[-_LONGEST:]) if any(map(str.isdigit, match.group()))]
    if not found:
        return None
    number = float(found[-1].replace(",", "").replace("−", "-"))
    return number if math.isfinite(number) else None
