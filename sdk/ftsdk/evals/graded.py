"""Every answer graded: the scores of all arms on the same rows, failures included as zeros."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ftsdk.data.value import Row
from ftsdk.errors import UsageError
from ftsdk.evals.graders import Grader
from ftsdk.evals.text import short
from ftsdk.evals.value import Arm, Score
from ftsdk.providers.inference import Answer, Usage

UNGRADED = "could not be graded: "
"""How the detail begins when the grader, not the answer, was at fault."""

Answers = Mapping[str, Mapping[str, Answer]]
"""Answers by arm, then by row id."""


@dataclass(frozen=True)
class Graded:
    """Arms on the same rows; ``answers`` and ``scores`` by arm, in the rows' order (scores by arm, then metric)."""

    arms: tuple[Arm, ...]
    rows: tuple[Row, ...]
    graders: tuple[Grader, ...]
    answers: dict[str, list[Answer]]
    scores: dict[str, dict[str, list[Score]]]

    def values(self, arm: str, metric: str) -> list[float]:
        """The scores of one arm as numbers."""
        return [score.value for score in self.scores[arm][metric]]

    def failures(self, arm: str) -> int:
        """Calls of one arm that brought no answer."""
        return sum(answer.finish_reason == "error" for answer in self.answers[arm])

    def clusters(self) -> list[str] | None:
        """The cluster of each row, for intervals: its group, else itself; None where that changes nothing."""
        names = [f"row {row.id}" if row.group is None else f"group {row.group}" for row in self.rows]
        return names if 2 <= len(set(names)) < len(names) else None


def grade_answers(arms: Sequence[Arm], answers: Answers, rows: Sequence[Row], graders: Sequence[Grader]) -> Graded:
    """Grades every arm on every row. A row without an answer counts as failed; nothing is dropped.

    Raises UsageError when there is nothing to compare, a name or id occurs twice, or answers belong to no arm or row.
    """
    _check(arms, answers, rows, graders)
    in_order = {arm.name: [answers[arm.name].get(row.id) or _missing() for row in rows] for arm in arms}
    scores = {
        name: {
            grader.name: [score_answer(grader, answer, row) for answer, row in zip(given, rows, strict=True)]
            for grader in graders
        }
        for name, given in in_order.items()
    }
    return Graded(tuple(arms), tuple(rows), tuple(graders), in_order, scores)


def score_answer(grader: Grader, answer: Answer, row: Row) -> Score:
    """The grader's score; 0 with the reason for a call that failed, or when the grader itself did."""
    score = grade_text(grader, answer.text, row)
    if answer.finish_reason != "error":
        return score
    parts = dict.fromkeys(score.parts, 0.0)  # a field of a failed call stays in that field's denominator
    return Score(value=0.0, detail=short(f"no answer: {answer.error or 'no reason was given'}"), parts=parts)


def failed_answer(reason: str) -> Answer:
    """The answer of a call that brought none; it scores 0 and counts as an infrastructure failure."""
    nothing = Usage(prompt_tokens=0, completion_tokens=0)
    return Answer(text="", usage=nothing, latency=0.0, finish_reason="error", error=reason or "no reason was given")


def grade_text(grader: Grader, text: str, row: Row) -> Score:
    """The score of a text; a grader that raises scores 0, with its reason."""
    try:
        score = grader.grade(text, row)
    except Exception as error:  # noqa: BLE001 - a grader may be anybody's code; one row must not end a paid run
        return Score(value=0.0, detail=UNGRADED + short(str(error) or type(error).__name__))
    if 0 <= score.value <= 1:  # false for NaN
        return score
    return Score(value=0.0, detail=f"{UNGRADED}the score {score.value} is not between 0 and 1")


def _missing() -> Answer:
    return failed_answer("no answer was recorded for this row")


def _check(arms: Sequence[Arm], answers: Answers, rows: Sequence[Row], graders: Sequence[Grader]) -> None:
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
        strangers = (
            [f"arm {name!r}"] if name not in known_arms else [f"row {i!r}" for i in given if i not in known_rows]
        )
        if strangers:
            more = f" and {len(strangers) - 1} more" if len(strangers) > 1 else ""
            raise UsageError(
                f"there are answers of {name!r} for {strangers[0]}{more}, which is not in this comparison",
                help="compare answers only with the rows that were asked",
            )
