"""What a grader is: it turns one answer into one score."""

from __future__ import annotations

from functools import cache
from typing import Protocol, runtime_checkable

from ftsdk.data.value import Row
from ftsdk.evals.value import Score, Unit
from ftsdk.providers.inference import Answer


class Grader(Protocol):
    """Scores answers from 0 to 1.

    ``binary`` says that only 0 and 1 occur, which chooses the statistics. ``phrase`` is what an arm does, with a
    place for the mean: "answers {} of fields right".
    """

    @property
    def name(self) -> str: ...

    @property
    def binary(self) -> bool: ...

    @property
    def phrase(self) -> str: ...

    @property
    def caution(self) -> str:
        """What a reader of its figures should know; empty when they speak for themselves."""
        ...

    def grade(self, answer: str, row: Row, /) -> Score:
        """Score of one answer; what it raises counts as 0, with the reason."""
        ...


@runtime_checkable
class WholeAnswer(Protocol):
    """Optional: a grader that looks at more than the text (tool calls, seconds, tokens)."""

    def grade_whole(self, answer: Answer, row: Row, /) -> Score:
        """Score of one answer; what it raises counts as 0, with the reason."""
        ...


@runtime_checkable
class Measures(Protocol):
    """Optional: a grader whose numbers are a quantity, 0 or more, and less is better."""

    unit: Unit


@runtime_checkable
class NeedsNoExpected(Protocol):
    """Optional: a grader that says nothing of how right the expected answer is, so that it cannot be checked by it."""

    own_standard: bool


def unit_of(grader: Grader) -> Unit:
    """The unit of a grader's numbers."""
    unit: Unit = getattr(grader, "unit", "share")  # isinstance of a protocol takes 30 us, and every answer is asked
    return unit


@cache
def sees_whole(kind: type[Grader]) -> bool:
    """Whether graders of this class look at more than the text."""
    return hasattr(kind, "grade_whole")
