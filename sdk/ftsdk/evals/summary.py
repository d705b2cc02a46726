"""One arm over all rows: its metrics with intervals, its parts, its failures and what it took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean

from ftsdk.data.value import Row
from ftsdk.evals.estimates import mean_estimate
from ftsdk.evals.graded import Answers, Costs, Graded, Scores, grade_answers
from ftsdk.evals.graders import Grader, unit_of
from ftsdk.evals.value import Arm, ArmSummary, Score, SuiteResult


def summarise(graded: Graded) -> tuple[ArmSummary, ...]:
    """Every arm's summary. Tokens and seconds are means over the calls that brought an answer."""
    return tuple(_summary(graded, arm) for arm in graded.arms)


def suite_result(
    name: str,
    arms: Sequence[Arm],
    answers: Answers,
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
    answered = [answer for answer in graded.answers[arm.name] if answer.finish_reason != "error"]
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
        truncated=sum(answer.finish_reason == "length" for answer in answered),
        prompt_tokens=_mean(answer.usage.prompt_tokens for answer in answered),
        completion_tokens=_mean(answer.usage.completion_tokens for answer in answered),
        latency=_mean(answer.latency for answer in answered),
        latency_p50=_quantile([answer.latency for answer in answered], 0.5),
        latency_p95=_quantile([answer.latency for answer in answered], 0.95),
        refused=sum(answer.finish_reason == "refused" for answer in answered),
        usd_per_1000=None if cost is None else 1000 * _mean(cost(answer.usage) for answer in answered),
    )


def _part_means(scores: Sequence[Score]) -> dict[str, float]:
    parts: dict[str, list[float]] = {}
    for score in scores:
        for name, value in score.parts.items():
            parts.setdefault(name, []).append(value)
    return {name: fmean(values) for name, values in parts.items()}


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return fmean(found) if found else 0.0


def _quantile(values: Sequence[float], share: float) -> float:
    """Linear between the two nearest values, as numpy's default."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
