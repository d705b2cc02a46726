"""Which questions to ask next: by value of information, at most four steps, none that could change nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from ftsdk.advise.facts import Facts
from ftsdk.advise.likely import likely
from ftsdk.advise.questions import BY_ID, FIRST_STEP, QUESTIONS, Question
from ftsdk.advise.table import encode, score_rows, variants
from ftsdk.advise.view import view
from ftsdk.values import Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STEPS = 4
AT_ONCE = 3
# Below this many points a question is not worth anybody's time.
LEAST_VALUE = 0.2
# A lead of so many points is near-decisive; being further ahead is worth no more.
DECISIVE = 9.0
# How many ways to fill in the other open questions are looked at, always the same ones.
FILLED_IN = 32

_LATER: tuple[Question, ...] = tuple(question for question in QUESTIONS if question.id not in FIRST_STEP)


class Step(Value):
    """What to ask now: ``number`` of ``limit``; no questions mean that the advice stands."""

    number: int
    limit: int = STEPS
    questions: tuple[Question, ...]

    @property
    def done(self) -> bool:
        """Whether nothing is left to ask."""
        return not self.questions


class Worth(Value):
    """A question and the points that knowing its answer is worth on average."""

    question: Question
    points: float


def next_questions(facts: Facts, asked: Collection[str] = (), step: int = 1) -> Step:
    """What step ``step`` (from 1) asks, given the answers so far; ``asked`` are ids of questions already put.

    The first step asks goal, failure and what was tried; each later one at most three, those worth most; the fourth
    is the last. The interview is over when no question can change the first option.
    """
    if step > STEPS:
        return Step(number=STEPS, questions=())
    if step <= 1:
        return Step(number=1, questions=tuple(BY_ID[id] for id in FIRST_STEP))
    worth = [item for item in question_values(facts, asked) if item.points >= LEAST_VALUE]
    return Step(number=step, questions=tuple(item.question for item in worth[:AT_ONCE]))


def next_question(facts: Facts) -> Question | None:
    """The one question to ask now: of the first step while it is open, then the one worth most; None when none is.

    A fact that was answered with “don't know” (``--set eval_set=unknown``) is not asked for again.
    """
    told = {name.partition(".")[0] for name in facts.known()} | {name.partition(".")[0] for name in _answered(facts)}
    for id in FIRST_STEP:
        if id not in told:
            return BY_ID[id]
    worth = question_values(facts)
    return worth[0].question if worth and worth[0].points >= LEAST_VALUE else None


def _answered(facts: Facts) -> set[str]:
    return {name for name, origin in facts.origins.items() if origin.kind == "answered"}


def question_values(facts: Facts, asked: Collection[str] = ()) -> list[Worth]:
    """Every open question that can change the first option, the most valuable first.

    Its value is the mean, over ways to fill in the other open ones, of the points lost by deciding without it (the
    expected value of perfect information, Howard 1966). So a question that matters only together with another counts.
    """
    known = facts.known().keys() | _answered(facts)
    still_open = [
        question
        for question in _LATER
        if question.id not in asked and question.id not in known and question.number not in known
    ]
    values = [Worth(question=question, points=value) for question, value in _values(facts, still_open)]
    return sorted((item for item in values if item.points > 0), key=lambda item: -item.points)


def _values(facts: Facts, still_open: Sequence[Question]) -> list[tuple[Question, float]]:
    import numpy as np

    if not still_open:
        return []
    base = np.array(encode(view(facts)), dtype=np.uint8)
    rows = variants(facts, [change for question in still_open for change in changes_of(question)])
    answers = np.split(rows, np.cumsum([len(question.choices) for question in still_open])[:-1])
    filled = np.repeat(base[None, :], FILLED_IN, axis=0)
    for question, rows in zip(still_open, answers, strict=True):
        drawn = rows[_drawn(question.id)]
        filled = np.where(drawn != base, drawn, filled)
    blocks = [np.where((rows != base).any(axis=0), rows[:, None, :], filled[None, :, :]) for rows in answers]
    points = score_rows(np.concatenate([block.reshape(-1, len(base)) for block in blocks]))
    found, start = [], 0
    for question, rows in zip(still_open, answers, strict=True):
        end = start + len(rows) * FILLED_IN
        found.append((question, _lost(points[start:end].reshape(len(rows), FILLED_IN, -1), likely(question))))
        start = end
    return found


def _lost(points: NDArray[np.float32], shares: tuple[float, ...]) -> float:
    """Points lost on average by choosing before the answer; ``points`` are answers x fillings x options."""
    import numpy as np

    weights = np.array(shares)
    without = np.einsum("a,afo->fo", weights, points).argmax(axis=1)
    chosen = np.take_along_axis(points, without[None, :, None], axis=2)[:, :, 0]
    lost = np.minimum(points.max(axis=2) - chosen, DECISIVE)
    return float((weights @ lost).mean())


@cache
def _drawn(id: str) -> NDArray[np.int64]:
    """Which answer of a question each way to fill in takes, in proportion to how likely it is."""
    import numpy as np

    shares = likely(BY_ID[id])
    chances = (np.random.default_rng(QUESTIONS.index(BY_ID[id])).permutation(FILLED_IN) + 0.5) / FILLED_IN
    return np.searchsorted(np.cumsum(shares)[:-1], chances)


def changes_of(question: Question) -> list[tuple[str, Any]]:
    """The changes of facts that a question's choices stand for."""
    numeric = question.id == question.number
    return [(question.id, float(choice.value) if numeric else choice.value) for choice in question.choices]
