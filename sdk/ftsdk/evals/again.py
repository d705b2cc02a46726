"""Two stored comparisons against each other, on the rows that both have and the scores that both gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ftsdk.data.value import Message, Row
from ftsdk.errors import UsageError
from ftsdk.evals.compare import Beside, compare_arms
from ftsdk.evals.graders import ByArm
from ftsdk.evals.value import Arm, Comparison, Score, Unit


@dataclass(frozen=True)
class Stored(ByArm):
    """A metric of which the scores are there already."""

    unit: Unit = "share"
    own_standard: ClassVar[bool] = True


def compare_subjects(first: str, one: Comparison, second: str, other: Comparison) -> Comparison:
    """The second's subject (its tuned arm) against the first's; ``first`` and ``second`` name them.

    Raises UsageError when they share no row or no metric.
    """
    of_one, of_other = ({row.id: row for row in comparison.rows} for comparison in (one, other))
    shared = [row for row in one.rows if row.id in of_other and of_other[row.id].expected == row.expected]
    arms = _subject(one), _subject(other)
    metrics = [name for name in arms[0][1] if name in arms[1][1]]
    if not shared or not metrics:
        raise UsageError(
            f"{first} and {second} share no {'row' if not shared else 'metric'}",
            help="compare runs that were evaluated on the same file by the same metrics",
        )
    rows = [_row(row.id, row.group, row.prompt, row.expected) for row in shared]
    names = first, second
    kept = [
        arm.model_copy(update={"name": name, "kind": "recorded"}) for name, (arm, _) in zip(names, arms, strict=True)
    ]
    sources = of_one, of_other
    answers = {
        name: {row.id: source[row.id].answers[arm.name] for row in rows}
        for name, source, (arm, _) in zip(names, sources, arms, strict=True)
    }
    scores: dict[str, Mapping[str, Mapping[str, Score]]] = {
        metric: {
            name: {row.id: source[row.id].scores[arm.name][metric] for row in rows}
            for name, source, (arm, _) in zip(names, sources, arms, strict=True)
        }
        for metric in metrics
    }
    graders = [_stored(metric, scores[metric], arms[0][1][metric]) for metric in metrics]
    return compare_arms(
        f"{first} and {second}", kept, answers, rows, graders,
        sampled_from=max(one.sampled_from, other.sampled_from),
        held_out=one.held_out and other.held_out,
        subject=second,
        beside=Beside(scores=scores, notes=_drawn(first, one, second, other)),
    )  # fmt: skip


def _drawn(first: str, one: Comparison, second: str, other: Comparison) -> list[str]:
    most = max(one.compared, other.compared)
    fewest = min(len(one.rows), len(other.rows))
    if max(one.row_count or 0, other.row_count or 0) == 0:
        return []
    return [f"{first} and {second} carry {fewest:,} of {most:,} rows, drawn by lot: these are compared here"]


def _subject(comparison: Comparison) -> tuple[Arm, dict[str, Unit]]:
    tuned = [summary for summary in comparison.arms if summary.arm.kind == "tuned"] or list(comparison.arms[-1:])
    return tuned[0].arm, {name: estimate.unit for name, estimate in tuned[0].metrics.items()}


def _row(row_id: str, group: str | None, prompt: str, expected: str) -> Row:
    turns = Message(role="user", content=prompt), Message(role="assistant", content=expected)
    return Row(id=row_id, line=1, messages=turns, group=group)


def _stored(metric: str, scores: Mapping[str, Mapping[str, Score]], unit: Unit) -> Stored:
    binary = all(score.value in (0.0, 1.0) for of_arm in scores.values() for score in of_arm.values())
    return Stored(metric, f"reaches {{}} {metric}", binary=binary, unit=unit)
