"""Which interval and which test belong to which kind of score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from ftsdk import stats
from ftsdk.evals.value import Estimate, Unit

CONFIDENCE = 0.95
Clusters = Sequence[str] | None


def mean_estimate(
    values: Sequence[float],
    clusters: Clusters,
    *,
    binary: bool,
    confidence: float = CONFIDENCE,
    unit: Unit = "share",
) -> Estimate:
    """One arm's mean: Wilson's interval for a yes/no metric, t for scores; clustered rows count as what they add."""
    if not binary:
        bounds = (0.0, 1.0) if unit == "share" else (0.0, max(values))
        return _mean(values, clusters, bounds, confidence, unit)
    rows = _effective_rows(values, clusters, confidence)
    low, high = stats.wilson(fmean(values) * rows, rows, confidence)
    return _estimate(fmean(values), low, high, confidence, "Wilson", clusters)


def difference_estimate(
    first: Sequence[float],
    second: Sequence[float],
    clusters: Clusters,
    *,
    binary: bool,
    confidence: float = CONFIDENCE,
    unit: Unit = "share",
) -> Estimate:
    """Mean paired difference, first minus second: Tango's interval for a yes/no metric, t for scores."""
    differences = paired(first, second)
    if not binary:
        reach = 1.0 if unit == "share" else max(*first, *second)
        return _mean(differences, clusters, (-reach, reach), confidence, unit)
    share = _effective_rows(differences, clusters, confidence) / len(differences)
    wins, losses = (sum(value > 0 for value in differences), sum(value < 0 for value in differences))
    low, high = stats.tango(wins * share, losses * share, len(differences) * share, confidence)
    return _estimate(fmean(differences), low, high, confidence, "Tango", clusters)


def difference_test(
    first: Sequence[float], second: Sequence[float], clusters: Clusters, *, binary: bool
) -> tuple[float, str]:
    """p-value of "no difference" and the test's name; clusters, where there are any, flip their signs as one."""
    differences = paired(first, second)
    if clusters is not None:
        return stats.sign_flip(differences, clusters), "sign-flip by group"
    if binary:
        wins, losses = (sum(value > 0 for value in differences), sum(value < 0 for value in differences))
        return stats.mcnemar(wins, losses).mid_p, "McNemar mid-p"
    return stats.sign_flip(differences), "sign-flip"


def effective_spread(differences: Sequence[float], clusters: Clusters) -> float:
    """Standard deviation of the differences, with clustering in it: sd * sqrt(design effect).

    Where all are equal one row won and one row lost are added (Bonett and Price 2012), since no spread at all was
    never the truth.
    """
    n = len(differences)
    spread = stdev(differences) if n > 1 else 0.0
    spread = spread or math.sqrt(2 / (n + 2))
    return spread * math.sqrt(1.0 if clusters is None else stats.design_effect(differences, clusters))


def paired(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """First minus second, row by row."""
    return [a - b for a, b in zip(first, second, strict=True)]


def _mean(
    values: Sequence[float], clusters: Clusters, bounds: tuple[float, float], confidence: float, unit: Unit
) -> Estimate:
    if clusters is None:
        found = stats.paired_t(values, confidence, bounds)
    else:
        found = stats.clustered(values, clusters, confidence, bounds)
    method = "equal rows" if min(values) == max(values) else "t"
    return _estimate(found.mean, found.low, found.high, confidence, method, clusters, unit)


def _effective_rows(values: Sequence[float], clusters: Clusters, confidence: float) -> float:
    return len(values) / (1.0 if clusters is None else stats.design_effect(values, clusters, confidence))


def _estimate(
    value: float, low: float, high: float, confidence: float, method: str, clusters: Clusters, unit: Unit = "share"
) -> Estimate:
    name = method if clusters is None else f"{method}, clustered by group"
    # rounding may leave an end a hair on the wrong side of its own estimate
    return Estimate(
        value=value, low=min(low, value), high=max(high, value), confidence=confidence, method=name, unit=unit
    )
