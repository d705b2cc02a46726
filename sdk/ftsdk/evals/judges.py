"""Judges: models that score answers by a rubric, or choose between two in both orders, with their biases measured."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal, NamedTuple, TypeVar

from ftsdk import stats
from ftsdk.data.value import Row
from ftsdk.errors import ExtraMissing, ModelMissing, ProviderError, WrongHash
from ftsdk.evals.busy import keep_busy
from ftsdk.evals.graded import Answers
from ftsdk.evals.journal import Journal
from ftsdk.evals.judge_questions import MAX_TOKENS, Question, pair_question, rubric_question
from ftsdk.evals.phrases import share
from ftsdk.evals.prices import CallCost
from ftsdk.evals.runner import Budget, asked_once
from ftsdk.evals.text import short
from ftsdk.evals.value import Arm, Estimate, JudgeReport, Score
from ftsdk.providers.inference import Answer, InferenceClient, Params, formats_of

Labels = Mapping[tuple[str, str], float]
"""What people think: a score from 0 to 1 by (row id, arm)."""
ByRow = dict[str, Score]
AskOne = Callable[[str, Row, Answer], Question]
FEWEST_LABELS = 50
Case = TypeVar("Case")


@dataclass(frozen=True)
class Seat:
    """One judge: who it is, whom to ask, by which rubric, at what price."""

    name: str
    model: str
    client: InferenceClient
    rubric: str
    cost: CallCost | None = None


@dataclass
class Bench:
    """What the judges of one metric share: where replies are kept, the money, and what was counted on the way."""

    seats: Sequence[Seat]
    journal: Journal
    budget: Budget
    temperature: float = 0.0
    unreadable: int = 0
    asked: int = 0

    async def ask(self, seat: Seat, question: Question) -> float | None:
        """What a reply is worth; None, counted, when it cannot be read or did not come."""
        held = question.format if question.format.type in formats_of(seat.client) else None
        params = Params(max_tokens=MAX_TOKENS, temperature=self.temperature, response_format=held)
        self.asked += 1
        try:
            answer = await asked_once(
                seat.client,
                seat.model,
                question.messages,
                params,
                self.journal,
                self.budget,
                seat.cost,
                asked_of=seat.name,
            )
            return question.read(answer.text)
        except (ModelMissing, WrongHash, ExtraMissing):
            raise
        except (ProviderError, ValueError):
            self.unreadable += 1
            return None


class Judged(NamedTuple):
    """A judged metric: scores by arm, then row id, and how far they can be relied on."""

    scores: dict[str, ByRow]
    report: JudgeReport


async def judge_each(
    metric: str,
    bench: Bench,
    arms: Sequence[Arm],
    answers: Answers,
    rows: Sequence[Row],
    ask: AskOne = rubric_question,
    labels: Labels | None = None,
) -> Judged:
    """Every answer scored by every judge on its own; a row's score is the judges' mean."""
    cases = [
        (arm.name, row, answer)
        for arm in arms
        for row in rows
        if (answer := answers[arm.name].get(row.id)) is not None and answer.finish_reason != "error"
    ]

    async def one(seat: Seat, case: tuple[str, Row, Answer]) -> float | None:
        return await bench.ask(seat, ask(seat.rubric, case[1], case[2]))

    given = [await _all(seat, cases, one) for seat in bench.seats]
    scores: dict[str, ByRow] = {arm.name: {} for arm in arms}
    for index, (arm, row, _answer) in enumerate(cases):
        said = [value for of_seat in given if (value := of_seat[index]) is not None]
        if said:
            scores[arm][row.id] = Score(value=fmean(said), detail="" if min(said) == 1 else _detail(said))
    report = _report(metric, "rubric", bench, len(cases), stats.krippendorff(given) if len(given) > 1 else None)
    return Judged(scores, calibrated(report, scores, labels))


async def judge_pairs(
    metric: str,
    bench: Bench,
    arms: Sequence[Arm],
    answers: Answers,
    rows: Sequence[Row],
    subject: str,
    labels: Labels | None = None,
) -> Judged:
    """The subject against every other arm, always in both orders: agreement wins, disagreement is a tie.

    An arm's score is 1 where it beat the subject, 0.5 for a tie; the subject's own is 0.5. Identical answers are a tie
    that nobody is asked about.
    """
    cases = [
        (arm.name, row, other, own)
        for arm in arms
        if arm.name != subject
        for row in rows
        if (other := answers[arm.name].get(row.id)) is not None and (own := answers[subject].get(row.id)) is not None
        if "error" not in (other.finish_reason, own.finish_reason)
    ]
    orders: list[tuple[float, float]] = []

    async def one(seat: Seat, case: tuple[str, Row, Answer, Answer]) -> float | None:
        _arm, row, other, own = case
        if (other.text.strip(), other.tool_calls) == (own.text.strip(), own.tool_calls):
            return 0.5
        before = await bench.ask(seat, pair_question(seat.rubric, row, other, own))
        after = await bench.ask(seat, pair_question(seat.rubric, row, own, other))
        if before is None or after is None:
            return None
        orders.append((before, 1 - after))
        return before if before == 1 - after else 0.5

    given = [await _all(seat, cases, one) for seat in bench.seats]
    scores: dict[str, ByRow] = {arm.name: {} for arm in arms}
    decided: list[tuple[bool, bool]] = []
    for index, (arm, row, other, own) in enumerate(cases):
        said = [value for of_seat in given if (value := of_seat[index]) is not None]
        if said:
            value = _majority(said)
            scores[arm][row.id] = Score(value=value, detail=_PAIR_DETAIL[value])
            if value != 0.5 and len(other.text) != len(own.text):
                decided.append((value == 1, len(other.text) > len(own.text)))
    tie = Score(value=0.5, detail="the one that the others are held against")
    scores[subject] = {row.id: tie for row in rows}
    agreement = stats.krippendorff(given) if len(given) > 1 else None
    report = _report(metric, "pairwise", bench, len(cases), agreement).model_copy(
        update={
            "consistency": fmean(before == after for before, after in orders) if orders else None,
            "length_bias": _length_bias(decided),
        }
    )
    return Judged(scores, calibrated(report, scores, labels))


_PAIR_DETAIL = {1.0: "", 0.5: "a tie", 0.0: "the other answer was preferred"}


async def _all(
    seat: Seat, cases: Sequence[Case], ask: Callable[[Seat, Case], Awaitable[float | None]]
) -> list[float | None]:
    """All questions of one judge, as many at once as serve its client best."""
    found: list[float | None] = [None] * len(cases)

    async def one(index: int) -> None:
        found[index] = await ask(seat, cases[index])

    await keep_busy(range(len(cases)), one, min(seat.client.concurrency, max(1, len(cases))))
    return found


def _majority(said: Sequence[float]) -> float:
    balance = sum(value - 0.5 for value in said)
    return 0.5 if balance == 0 else float(balance > 0)


def _detail(said: Sequence[float]) -> str:
    return short("judged " + ", ".join(f"{value:.2f}" for value in said))


def _length_bias(decided: Sequence[tuple[bool, bool]]) -> str:
    """How often the longer answer won, of pairs that were decided and differ in length."""
    if not decided:
        return ""
    longer = sum(won == is_longer for won, is_longer in decided)
    return f"the longer answer won {longer} of {len(decided)} decided pairs"


def _report(
    metric: str, mode: Literal["rubric", "pairwise"], bench: Bench, judged: int, agreement: float | None
) -> JudgeReport:
    return JudgeReport(
        metric=metric,
        judges=tuple(seat.name for seat in bench.seats),
        mode=mode,
        judged=judged,
        unreadable=bench.unreadable,
        agreement=agreement,
        usd=bench.budget.spent if all(seat.cost for seat in bench.seats) else None,
    )


def calibrated(report: JudgeReport, scores: Mapping[str, ByRow], labels: Labels | None) -> JudgeReport:
    """The report with sensitivity and specificity against human labels (a score from 0.5 passes)."""
    pairs = [
        (human >= 0.5, scores[arm][row].value >= 0.5)
        for (row, arm), human in (labels or {}).items()
        if row in scores.get(arm, {})
    ]
    right = [judge for human, judge in pairs if human]
    wrong = [judge for human, judge in pairs if not human]
    report = report.model_copy(
        update={
            "labelled": len(pairs),
            "sensitivity": fmean(right) if right else None,
            "specificity": 1 - fmean(wrong) if wrong else None,
        }
    )
    if report.mode != "rubric" or len(pairs) < FEWEST_LABELS:
        return report
    found = ((arm, _corrected(report, by_row, len(right), len(wrong))) for arm, by_row in scores.items())
    return report.model_copy(update={"corrected": {arm: rate for arm, rate in found if rate is not None}})


def _corrected(report: JudgeReport, by_row: ByRow, positives: int, negatives: int) -> Estimate | None:
    """The share of an arm's answers that people would pass, behind the judge's; None for a judge that is a coin."""
    if report.sensitivity is None or report.specificity is None or not by_row:
        return None
    passed = fmean(score.value >= 0.5 for score in by_row.values())
    rate = stats.rogan_gladen(passed, len(by_row), report.sensitivity, report.specificity, positives, negatives)
    if rate is None:
        return None
    return Estimate(value=rate.rate, low=rate.low, high=rate.high, confidence=0.95, method="Rogan-Gladen")


def judge_notes(report: JudgeReport, arms: Sequence[Arm]) -> list[str]:
    """What a reader of a judged metric should know."""
    notes = []
    if report.unreadable:
        notes.append(f"{report.metric}: {report.unreadable} replies of judges could not be read; those rows score 0")
    if report.consistency is not None:
        notes.append(f"{report.metric}: the judge kept its choice in {100 * report.consistency:.0f} % of swapped pairs")
    if report.agreement is not None:
        notes.append(f"{report.metric}: judges agree with Krippendorff's alpha {report.agreement:.2f}")
    if report.length_bias:
        notes.append(f"{report.metric}: {report.length_bias}")
    if report.labelled < FEWEST_LABELS:
        seen = f"only {report.labelled} human labels" if report.labelled else "no human labels"
        notes.append(f"{report.metric}: {seen}: what the judge prefers is not known to be what people prefer")
    notes += [
        f"{report.metric}: people would pass {share(rate.value)} of the answers of {arm} "
        f"({share(rate.low)} to {share(rate.high)}): the judge's share, "
        f"corrected for its errors on {report.labelled} labels"
        for arm, rate in report.corrected.items()
    ]
    families = {_family(name.rpartition(":")[2]) for name in report.judges}
    kin = [arm.name for arm in arms if arm.kind != "recorded" and _family(arm.model) in families]
    if kin:
        notes.append(f"{report.metric}: a judge is of the same family as {', '.join(kin)} and may prefer its own kind")
    return notes


def _family(model: str) -> str:
    name = model.lower().removeprefix("ft:").rpartition("/")[2]
    return name.partition("-")[0]
