"""What a grader is: it turns one answer into one score."""

from __future__ import annotations

from typing import Protocol

from ftsdk.data.value import Row
from ftsdk.evals.value import Score


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
