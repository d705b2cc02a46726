"""Which rows a reader sees first: losses, worst first; then calls that failed; then rows drawn by a fixed seed."""

from __future__ import annotations

from random import Random
from typing import Literal, NamedTuple

from ftsdk.evals.value import ArmSummary, Comparison, RowResult

Kind = Literal["loss", "win", "tie"]
LOSSES_SHOWN = 50
FAILURES_SHOWN = 20
SAMPLES_SHOWN = 50
SEED = 42


class Pair(NamedTuple):
    """The two arms that the page sets against each other: the one under test and the best other one."""

    first: str
    second: str | None


class JudgedRow(NamedTuple):
    """A row with how the first arm did against the second on the primary metric (``margin``, -1 to 1)."""

    row: RowResult
    margin: float
    failed: bool

    @property
    def kind(self) -> Kind:
        """Whether the first arm lost, won or tied."""
        return "loss" if self.margin < 0 else "win" if self.margin > 0 else "tie"


class Selection(NamedTuple):
    """What is shown of a comparison's rows, each row once."""

    losses: tuple[JudgedRow, ...]
    failures: tuple[JudgedRow, ...]
    samples: tuple[JudgedRow, ...]
    total_losses: int
    total_failures: int

    @property
    def shown(self) -> int:
        """How many rows are shown."""
        return len(self.losses) + len(self.failures) + len(self.samples)


def pair(comparison: Comparison) -> Pair:
    """The primary contrast's arms, or else the tuned arm and the best of the others by the primary metric."""
    if comparison.primary is not None:
        return Pair(comparison.primary.first, comparison.primary.second)
    tuned = [summary for summary in comparison.arms if summary.arm.kind == "tuned"] or list(comparison.arms[-1:])
    if not tuned:
        return Pair("", None)
    others = [summary for summary in comparison.arms if summary is not tuned[0]]
    best = max(others, key=lambda summary: _mean(summary, comparison.primary_metric), default=None)
    return Pair(tuned[0].arm.name, best.arm.name if best else None)


def judge(comparison: Comparison) -> tuple[JudgedRow, ...]:
    """Every row in the comparison's order, judged between the arms of `pair`."""
    first, second = pair(comparison)
    return tuple(
        JudgedRow(row, _score(row, first, comparison) - _score(row, second, comparison) if second else 0.0, failed(row))
        for row in comparison.rows
    )


def select(comparison: Comparison, seed: int = SEED) -> Selection:
    """The rows to show; the same comparison always shows the same ones."""
    judged = judge(comparison)
    losses = sorted((item for item in judged if item.kind == "loss"), key=lambda item: item.margin)
    others = [item for item in judged if item.kind != "loss"]
    failures = [item for item in others if item.failed]
    rest = [item for item in others if not item.failed]
    drawn = Random(seed).sample(rest, min(SAMPLES_SHOWN, len(rest)))
    return Selection(
        losses=tuple(losses[:LOSSES_SHOWN]),
        failures=tuple(failures[:FAILURES_SHOWN]),
        samples=tuple(drawn),
        total_losses=len(losses),
        total_failures=sum(item.failed for item in judged),
    )


def failed(row: RowResult) -> bool:
    """Whether any arm's call brought no answer for this row."""
    return any(answer.error is not None or answer.finish_reason == "error" for answer in row.answers.values())


def _score(row: RowResult, arm: str, comparison: Comparison) -> float:
    score = row.scores.get(arm, {}).get(comparison.primary_metric)
    return score.value if score else 0.0


def _mean(summary: ArmSummary, metric: str) -> float:
    estimate = summary.metrics.get(metric)
    return estimate.value if estimate else 0.0
