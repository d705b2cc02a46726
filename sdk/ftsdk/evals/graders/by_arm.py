"""Metrics whose scores are found for a whole arm at once: what it costs, and what judges think of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ftsdk.data.value import Row
from ftsdk.evals.value import Score, Unit


@dataclass(frozen=True)
class ByArm:
    """Scores that are handed to the comparison beside the answers; alone it grades nothing."""

    name: str
    phrase: str
    caution: str = ""
    binary: bool = False
    own_standard: ClassVar[bool] = True

    def grade(self, _answer: str, _row: Row) -> Score:
        raise ValueError("no score was found for this answer")


@dataclass(frozen=True)
class Cost(ByArm):
    """US dollars per 1,000 answers like this one, by the price of the arm's model."""

    unit: Unit = "USD per 1,000"


def cost(name: str) -> Cost:
    """The cost metric."""
    return Cost(name, "costs {} calls", "dated list prices; your contract may differ")
