"""Intervals of a mean (of scores, or of paired differences): t, cluster-robust, and what to say when nothing varies."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from ftsdk.stats.student import student_two_sided, two_sided_t, two_sided_z

Bounds = tuple[float, float]
UNBOUNDED: Bounds = (-math.inf, math.inf)


class MeanInterval(NamedTuple):
    """A mean with its interval, the two-sided p-value of "it is 0", and the degrees of freedom."""

    mean: float
    low: float
    high: float
    p_value: float
    df: float


def paired_t(differences: Sequence[float], confidence: float = 0.95, bounds: Bounds = UNBOUNDED) -> MeanInterval:
    """t interval of a mean of paired differences (or of plain scores), with its p-value.

    ``bounds`` are the least and greatest possible value of one item. When all items are equal the t interval would
    have no width at all; then the interval of ``nothing_varies`` is given instead.
    """
    mean, error = _mean_and_error(differences)
    n = len(differences)
    if error == 0:
        low, high = nothing_varies(mean, n, confidence, bounds)
        return MeanInterval(mean, low, high, _equal_p(mean, n), n - 1)
    return _around(mean, error, n - 1, confidence, bounds)


def clustered(
    differences: Sequence[float],
    clusters: Sequence[Hashable],
    confidence: float = 0.95,
    bounds: Bounds = UNBOUNDED,
) -> MeanInterval:
    """t interval of a mean with cluster-robust error and C - 1 degrees of freedom (Miller 2024, arXiv:2411.00640).

    Rows of one cluster (a template, a conversation) may say the same thing; they count as little as they add.
    """
    sums, mean = _cluster_sums(differences, clusters)
    count = len(sums)
    if count < 2:
        raise ValueError("a clustered interval needs at least two clusters")
    error = _cluster_error(sums, len(differences))
    if error <= 1e-15 * max(1.0, abs(mean)):
        low, high = nothing_varies(mean, count, confidence, bounds)
        return MeanInterval(mean, low, high, _equal_p(mean, count), count - 1)
    return _around(mean, error, count - 1, confidence, bounds)


def nothing_varies(mean: float, n: int, confidence: float, bounds: Bounds) -> tuple[float, float]:
    """Interval of a mean when all ``n`` items were equal: the share of items that differ may still be above 0.

    That share is at most q = 1 - ((1 - confidence) / 2)^(1/n) (Clopper and Pearson 1934), and such items may lie
    anywhere within ``bounds``. Covers n = 1.
    """
    unseen = 1 - ((1 - confidence) / 2) ** (1 / n)
    return mean - unseen * (mean - bounds[0]), mean + unseen * (bounds[1] - mean)


def design_effect(values: Sequence[float], clusters: Sequence[Hashable], confidence: float = 0.95) -> float:
    """By how much clustering shrinks the number of rows: n / design_effect rows would be as sure if independent.

    Ratio of cluster-robust to plain variance, at least 1, times (t / z)^2 for the few clusters (Korn and Graubard
    1998). When nothing varies every cluster counts as one row.
    """
    sums, _ = _cluster_sums(values, clusters)
    n, count = len(values), len(sums)
    plain = _mean_and_error(values)[1]
    ratio = max(1.0, (_cluster_error(sums, n) / plain) ** 2) if plain > 0 else n / count
    return ratio * (two_sided_t(confidence, count - 1) / two_sided_z(confidence)) ** 2


def _around(mean: float, error: float, df: float, confidence: float, bounds: Bounds) -> MeanInterval:
    reach = two_sided_t(confidence, df) * error
    p_value = student_two_sided(mean / error, df)
    return MeanInterval(mean, max(bounds[0], mean - reach), min(bounds[1], mean + reach), p_value, df)


def _mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    n = len(values)
    if n == 0:
        raise ValueError("a mean needs at least one value")
    mean = math.fsum(values) / n
    if n == 1 or min(values) == max(values):  # rounding of the mean must not look like spread
        return values[0], 0.0
    return mean, math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1) / n)


def _cluster_sums(values: Sequence[float], clusters: Sequence[Hashable]) -> tuple[list[float], float]:
    if len(values) != len(clusters):
        raise ValueError(f"{len(values)} values but {len(clusters)} cluster names")
    mean = _mean_and_error(values)[0]
    members: dict[Hashable, list[float]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        members.setdefault(cluster, []).append(value - mean)
    return [math.fsum(deviations) for deviations in members.values()], mean


def _cluster_error(sums: Sequence[float], n: int) -> float:
    count = len(sums)
    return math.sqrt(math.fsum(total * total for total in sums) * count / (count - 1)) / n


def _equal_p(mean: float, n: int) -> float:
    """p-value when all differences are equal: the sign-flip test's, because t has nothing to divide by."""
    return 1.0 if mean == 0 else 2.0 ** (1 - n)
