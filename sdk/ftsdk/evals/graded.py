"""Every answer graded: the scores of all arms on the same rows, failures included as zeros."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from ftsdk.data.value import Row
from ftsdk.errors import UsageError
from ftsdk.evals.graders import ByArm, Cost, Grader, WholeAnswer, sees_whole, unit_of
from ftsdk.evals.prices import CallCost
from ftsdk.evals.shelf import Shelf, shelved
from ftsdk.evals.text import short
from ftsdk.evals.value import Arm, Score, Unit
from ftsdk.providers.inference import Answer, Usage

UNGRADED = "could not be graded: "
"""How the detail begins when the grader, not the answer, was at fault."""

Answers = Mapping[str, Mapping[str, Answer]]
"""Answers by arm, then by row id."""
Given = Mapping[str, Mapping[str, Answer] | Sequence[Answer]]
"""Answers by arm, then by row id, or one for each row in the rows' order."""
Scores = Mapping[str, Mapping[str, Mapping[str, Score]]]
"""Scores found elsewhere (by judges): by metric, then arm, then row id."""
Costs = Mapping[str, CallCost | None]
"""What an answer costs, by arm; None where no price is known."""
MutableScores = Shelf[Score] | list[Score]
ByArmAndMetric = dict[str, dict[str, MutableScores]]


@dataclass(frozen=True)
class Graded:
    """Arms on the same rows; ``answers`` and ``scores`` by arm, in the rows' order (scores by arm, then metric).

    Of many rows only ``numbers`` (the scores without what was said about them) are in memory.
    """

    arms: tuple[Arm, ...]
    rows: Sequence[Row]
    graders: tuple[Grader, ...]
    answers: dict[str, Sequence[Answer]]
    scores: ByArmAndMetric
    numbers: dict[str, dict[str, array[float]]]
    failed: dict[str, int]
    repeats: int = 1
    near: Mapping[str, str] = field(default_factory=dict)
    costs: Costs = field(default_factory=dict)

    def binary(self, grader: Grader) -> bool:
        """Whether only 0 and 1 occur; a mean of repeats is neither."""
        return grader.binary and self.repeats == 1

    def unit(self, metric: str) -> Unit:
        """The unit of a metric's numbers."""
        return next(unit_of(grader) for grader in self.graders if grader.name == metric)

    def values(self, arm: str, metric: str) -> Sequence[float]:
        """The scores of one arm as numbers."""
        return self.numbers[arm][metric]

    def failures(self, arm: str) -> int:
        """Calls of one arm that brought no answer."""
        return self.failed[arm]

    def clusters(self) -> list[str] | None:
        """The cluster of each row, for intervals: its group or near-duplicates, else itself; None where all differ."""
        return self._clusters

    @cached_property
    def _clusters(self) -> list[str] | None:
        if not self.near and all(row.group is None for row in self.rows):
            return None
        names = [
            self.near.get(row.id) or (f"row {row.id}" if row.group is None else f"group {row.group}")
            for row in self.rows
        ]
        return names if 2 <= len(set(names)) < len(names) else None


def grade_answers(
    arms: Sequence[Arm],
    answers: Given,
    rows: Sequence[Row],
    graders: Sequence[Grader],
    *,
    further: Sequence[Given] = (),
    scores: Scores | None = None,
    near: Mapping[str, str] | None = None,
    costs: Costs | None = None,
) -> Graded:
    """Grades every arm on every row. A row without an answer counts as failed; nothing is dropped.

    ``further`` are repeats of ``answers``; a row's score is its mean over them. ``near`` names the cluster of rows
    that nearly say the same. Raises UsageError when there is nothing to compare, a name or id occurs twice, or answers
    belong to no arm or row.
    """
    _check(arms, answers, rows, graders)
    costs, found = costs or {}, scores or {}
    rounds = [{arm.name: _in_order(given.get(arm.name, {}), rows) for arm in arms} for given in (answers, *further)]
    graded = [
        {arm.name: _scored(graders, arm.name, given[arm.name], rows, found, costs.get(arm.name)) for arm in arms}
        for given in rounds
    ]
    of_rows = graded[0] if len(graded) == 1 else _means(graded, len(rows))
    for grader in graders:
        if unit_of(grader) != "share":
            _failures_take_most([of_rows[arm.name][grader.name] for arm in arms], [rounds[0][arm.name] for arm in arms])
    numbers = {
        arm: {metric: array("d", (score.value for score in of_metric)) for metric, of_metric in metrics.items()}
        for arm, metrics in of_rows.items()
    }
    failed = {arm: sum(answer.finish_reason == "error" for answer in given) for arm, given in rounds[0].items()}
    return Graded(
        tuple(arms), rows, tuple(graders), rounds[0], of_rows, numbers, failed, len(rounds), near or {}, costs
    )


def _in_order(given: Mapping[str, Answer] | Sequence[Answer], rows: Sequence[Row]) -> Sequence[Answer]:
    if not isinstance(given, Mapping):
        return given
    return shelved(Answer, (given.get(row.id) or _missing() for row in rows), len(rows))


def _scored(
    graders: Sequence[Grader],
    arm: str,
    given: Sequence[Answer],
    rows: Sequence[Row],
    found: Scores,
    cost: CallCost | None,
) -> dict[str, MutableScores]:
    """One pass over an arm's answers for all graders."""
    scores: dict[str, MutableScores] = {grader.name: shelved(Score, (), len(rows)) for grader in graders}
    for answer, row in zip(given, rows, strict=True):
        for grader in graders:
            scores[grader.name].append(_one_score(grader, arm, answer, row, found, cost))
    return scores


def _one_score(grader: Grader, arm: str, answer: Answer, row: Row, found: Scores, cost: CallCost | None) -> Score:
    if isinstance(grader, Cost):
        if cost is None:
            return Score(value=0.0, detail=f"{UNGRADED}no price is known for {arm}")
        return Score(value=1000 * cost(answer.usage))
    if isinstance(grader, ByArm) and answer.finish_reason != "error":
        judged = found.get(grader.name, {}).get(arm, {}).get(row.id)
        return judged or Score(value=0.0, detail=f"{UNGRADED}the judges gave no score")
    return score_answer(grader, answer, row)


def _means(rounds: Sequence[ByArmAndMetric], rows: int) -> ByArmAndMetric:
    """Repeats averaged row by row, before anything is compared; the first detail that says something is kept."""
    return {
        arm: {
            metric: shelved(Score, map(_mean, zip(*(of[arm][metric] for of in rounds), strict=True)), rows)
            for metric in metrics
        }
        for arm, metrics in rounds[0].items()
    }


def _mean(scores: Sequence[Score]) -> Score:
    names = dict.fromkeys(name for score in scores for name in score.parts)
    return Score(
        value=sum(score.value for score in scores) / len(scores),
        detail=next((score.detail for score in scores if score.detail), ""),
        parts={name: sum(score.parts.get(name, 0.0) for score in scores) / len(scores) for name in names},
    )


def _failures_take_most(scores: Sequence[MutableScores], answers: Sequence[Sequence[Answer]]) -> None:
    """Of a quantity a failed call takes the most that was seen: 0 would make the arm that fails the cheapest."""
    most = max((score.value for of_arm in scores for score in of_arm), default=0.0)
    for of_arm, given in zip(scores, answers, strict=True):
        for index, answer in enumerate(given):
            if answer.finish_reason == "error":
                of_arm[index] = Score(value=most, detail=of_arm[index].detail)


def score_answer(grader: Grader, answer: Answer, row: Row) -> Score:
    """The grader's score; 0 with the reason for a call that failed, or when the grader itself did."""
    if answer.finish_reason == "error":
        parts = dict.fromkeys(grade_text(grader, "", row).parts, 0.0)  # its fields stay in their denominators
        return Score(value=0.0, detail=short(f"no answer: {answer.error or 'no reason was given'}"), parts=parts)
    return _guarded(grader, answer, row)


def failed_answer(reason: str) -> Answer:
    """The answer of a call that brought none; it scores 0 and counts as an infrastructure failure."""
    nothing = Usage(prompt_tokens=0, completion_tokens=0)
    return Answer(text="", usage=nothing, latency=0.0, finish_reason="error", error=reason or "no reason was given")


def grade_text(grader: Grader, text: str, row: Row) -> Score:
    """The score of a text; a grader that raises scores 0, with its reason."""
    return _guarded(grader, text, row)


def _guarded(grader: Grader, answer: Answer | str, row: Row) -> Score:
    try:
        if isinstance(answer, str):
            score = grader.grade(answer, row)
        elif sees_whole(type(grader)):
            score = cast("WholeAnswer", grader).grade_whole(answer, row)
        else:
            score = grader.grade(answer.text, row)
    except Exception as error:  # noqa: BLE001 - a grader may be anybody's code; one row must not end a paid run
        return Score(value=0.0, detail=UNGRADED + short(str(error) or type(error).__name__))
    limit = 1.0 if unit_of(grader) == "share" else math.inf
    if 0 <= score.value <= limit and score.value < math.inf:  # false for NaN
        return score
    return Score(value=0.0, detail=f"{UNGRADED}the score {score.value} is not between 0 and 1")


def _missing() -> Answer:
    return failed_answer("no answer was recorded for this row")


def _check(arms: Sequence[Arm], answers: Given, rows: Sequence[Row], graders: Sequence[Grader]) -> None:
    for what, names in (
        ("arm", [arm.name for arm in arms]),
        ("row", [row.id for row in rows]),
        ("metric", [grader.name for grader in graders]),
    ):
        if not names:
            raise UsageError(f"there is no {what} to compare", help=f"give at least one {what}")
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise UsageError(f"the {what} {twice!r} is there twice", help=f"give every {what} a name of its own")
    known_arms, known_rows = {arm.name for arm in arms}, {row.id for row in rows}
    for name in known_arms - set(answers):
        raise UsageError(f"there are no answers of the arm {name!r}", help="evaluate it, or leave the arm out")
    for name, given in answers.items():
        if name in known_arms and not isinstance(given, Mapping):
            continue  # one for each row
        strangers = (
            [f"arm {name!r}"] if name not in known_arms else [f"row {i!r}" for i in given if i not in known_rows]
        )
        if strangers:
            more = f" and {len(strangers) - 1} more" if len(strangers) > 1 else ""
            raise UsageError(
                f"there are answers of {name!r} for {strangers[0]}{more}, which is not in this comparison",
                help="compare answers only with the rows that were asked",
            )
