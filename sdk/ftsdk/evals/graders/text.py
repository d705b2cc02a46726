"""Whether the answer is the expected text once both are normalised."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ftsdk.data.value import Row
from ftsdk.evals.text import short
from ftsdk.evals.value import Score


def _without_accents(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFKC", "".join(letter for letter in letters if not unicodedata.combining(letter)))


def _without_punctuation(text: str) -> str:
    return "".join(" " if unicodedata.category(letter).startswith("P") else letter for letter in text)


# In the order in which they apply: what punctuation leaves is space.
IGNORED: dict[str, Callable[[str], str]] = {
    "accents": _without_accents,
    "case": str.casefold,
    "punctuation": _without_punctuation,
    "space": lambda text: re.sub(r"\s+", " ", text).strip(),
}


@dataclass(frozen=True)
class NormalisedText:
    """1 when answer and expected text are equal in NFKC with what ``ignore`` names taken out."""

    name: str
    ignore: Sequence[str]
    binary: ClassVar[bool] = True
    phrase: ClassVar[str] = "answers {} of rows right"
    caution: ClassVar[str] = ""

    def grade(self, answer: str, row: Row) -> Score:
        given, expected = self._normal(answer), self._normal(row.answer)
        if given == expected:
            return Score(value=1.0)
        return Score(value=0.0, detail=f"{short(given, 70)!r} instead of {short(expected, 70)!r}")

    def _normal(self, text: str) -> str:
        found = unicodedata.normalize("NFKC", text).strip()
        for name, without in IGNORED.items():
            if name in self.ignore:
                found = without(found)
        return found
