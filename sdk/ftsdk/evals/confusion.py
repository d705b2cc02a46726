"""Which label was given for which, and macro-F1, of choice metrics."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from ftsdk.evals.graded import Graded
from ftsdk.evals.graders import Choice
from ftsdk.evals.graders.choice import NONE
from ftsdk.evals.value import Confusion

MOST_LABELS = 200


def confusions(graded: Graded) -> tuple[Confusion, ...]:
    """One matrix for each arm and choice metric; none where the expected answers are too many to be labels."""
    return tuple(
        _confusion(graded, grader, arm.name, labels)
        for grader in graded.graders
        if isinstance(grader, Choice) and (labels := _labels(graded, grader))
        for arm in graded.arms
    )


def macro_f1(counts: Sequence[Sequence[int]]) -> float:
    """Unweighted mean over the labels that were expected or given, F1 = 2 tp / (2 tp + fp + fn); sklearn's default."""
    scores = []
    for index, given in enumerate(counts):
        right = given[index]
        expected, named = sum(given), sum(row[index] for row in counts)
        if expected or named:
            scores.append(2 * right / (expected + named))
    return fmean(scores) if scores else 0.0


def _labels(graded: Graded, grader: Choice) -> tuple[str, ...]:
    if grader.labels:
        return tuple(grader.labels) if len(grader.labels) <= MOST_LABELS else ()
    found: set[str] = set()
    for row in graded.rows:
        found.add(row.answer.strip())
        if len(found) > MOST_LABELS:
            return ()
    return tuple(sorted(found))


def _confusion(graded: Graded, grader: Choice, arm: str, labels: tuple[str, ...]) -> Confusion:
    place = {label: index for index, label in enumerate((*labels, NONE))}
    counts = [[0] * len(place) for _ in labels]
    for row, answer in zip(graded.rows, graded.answers[arm], strict=True):
        expected = grader.chosen(row.answer, labels)
        if expected != NONE:
            given = NONE if answer.finish_reason == "error" else grader.chosen(answer.text, labels)
            counts[place[expected]][place[given]] += 1
    return Confusion(
        metric=grader.name,
        arm=arm,
        labels=labels,
        counts=tuple(map(tuple, counts)),
        macro_f1=macro_f1(counts),
    )
