"""One arm over all rows: its metrics with intervals, its parts, its failures and what it took."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean

from ftsdk.data.value import Row
from ftsdk.evals.estimates import mean_estimate
from ftsdk.evals.graded import Costs, Given, Graded, Scores, grade_answers
from ftsdk.evals.graders import Grader, unit_of
from ftsdk.evals.prices import CallCost
from ftsdk.evals.value import Arm, ArmSummary, Score, SuiteResult
from ftsdk.providers.inference import Answer


def summarise(graded: Graded) -> tuple[ArmSummary, ...]:
    """Every arm's summary. Tokens and seconds are means over the calls that brought an answer."""
    return tuple(_summary(graded, arm) for arm in graded.arms)


def suite_result(
    name: str,
    arms: Sequence[Arm],
    answers: Given,
    rows: Sequence[Row],
    graders: Sequence[Grader],
    *,
    scores: Scores | None = None,
    costs: Costs | None = None,
) -> SuiteResult:
    """Rows reported apart, summaries only. Raises UsageError as ``compare_arms`` does."""
    graded = grade_answers(arms, answers, rows, graders, scores=scores, costs=costs)
    return SuiteResult(name=name, rows=len(rows), arms=summarise(graded))


def _summary(graded: Graded, arm: Arm) -> ArmSummary:
    clusters, cost = graded.clusters(), graded.costs.get(arm.name)
    took = _Took(graded.answers[arm.name], cost)
    return ArmSummary(
        arm=arm,
        metrics={
            grader.name: mean_estimate(
                graded.values(arm.name, grader.name), clusters, binary=graded.binary(grader), unit=unit_of(grader)
            )
            for grader in graded.graders
        },
        parts={name: parts for name, scores in graded.scores[arm.name].items() if (parts := _part_means(scores))},
        rows=len(graded.rows),
        failures=graded.failures(arm.name),
        truncated=took.reasons["length"],
        prompt_tokens=_mean(took.prompt_tokens),
        completion_tokens=_mean(took.completion_tokens),
        latency=_mean(took.latencies),
        latency_p50=_quantile(took.latencies, 0.5),
        latency_p95=_quantile(took.latencies, 0.95),
        refused=took.reasons["refused"],
        usd_per_1000=None if cost is None else 1000 * _mean(took.usd),
    )


class _Took:
    """What the calls that brought an answer took, as numbers, and how many ended how."""

    def __init__(self, answers: Iterable[Answer], cost: CallCost | None) -> None:
        self.reasons: Counter[str] = Counter()
        self.prompt_tokens, self.completion_tokens = array("Q"), array("Q")
        self.latencies, self.usd = array("d"), array("d")
        for answer in answers:
            self.reasons[answer.finish_reason] += 1
            if answer.finish_reason != "error":
                self.prompt_tokens.append(answer.usage.prompt_tokens)
                self.completion_tokens.append(answer.usage.completion_tokens)
                self.latencies.append(answer.latency)
                if cost is not None:
                    self.usd.append(cost(answer.usage))


def _part_means(scores: Sequence[Score]) -> dict[str, float]:
    parts: dict[str, array[float]] = {}
    for score in scores:
        for name, value in score.parts.items():
            parts.setdefault(name, array("d")).append(value)
    return {name: fmean(values) for name, values in parts.items()}


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else 0.0


def _quantile(values: Sequence[float], share: float) -> float:
    """Linear between the two nearest values, as numpy's default."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
