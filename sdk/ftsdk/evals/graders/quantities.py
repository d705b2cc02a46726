"""What an answer takes: how long it is, how long it took, what it cost. Less is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ftsdk.data.value import Row
from ftsdk.evals.value import Score, Unit
from ftsdk.providers.inference import Answer


@dataclass(frozen=True)
class Length:
    """Characters, words, or the tokens that the provider counted."""

    name: str
    unit: Unit
    binary: ClassVar[bool] = False
    own_standard: ClassVar[bool] = True
    phrase: ClassVar[str] = "answers with {}"
    caution: ClassVar[str] = ""

    def grade(self, answer: str, _row: Row) -> Score:
        """Of a text alone; about four characters are a token."""
        sizes = {"characters": len(answer), "words": len(answer.split()), "tokens": len(answer) / 4}
        return Score(value=float(sizes[self.unit]))

    def grade_whole(self, answer: Answer, row: Row) -> Score:
        if self.unit == "tokens" and answer.usage.completion_tokens:
            return Score(value=float(answer.usage.completion_tokens))
        return self.grade(answer.text, row)


@dataclass(frozen=True)
class Latency:
    """Seconds from request to last token."""

    name: str
    binary: ClassVar[bool] = False
    own_standard: ClassVar[bool] = True
    phrase: ClassVar[str] = "takes {} an answer"
    caution: ClassVar[str] = ""
    unit: Unit = "seconds"

    def grade(self, _answer: str, _row: Row) -> Score:
        raise ValueError("a text alone does not say how long it took")

    def grade_whole(self, answer: Answer, _row: Row) -> Score:
        if answer.latency <= 0:
            raise ValueError("how long it took is not known: it was recorded, or came in a batch")
        return Score(value=answer.latency)
