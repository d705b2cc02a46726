"""One rate, its interval, and the comparison of two rates on the same rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from ftsdk.stats.student import two_sided_z


class Interval(NamedTuple):
    """Lower and upper end of a two-sided confidence interval."""

    low: float
    high: float


class McNemar(NamedTuple):
    """Two-sided p-values of McNemar's test: ``exact`` keeps its level strictly, ``mid_p`` wastes less power."""

    exact: float
    mid_p: float


def wilson(successes: float, n: float, confidence: float = 0.95) -> Interval:
    """Score interval of one rate (Wilson 1927); ``n`` may be an effective, fractional number of rows."""
    if n <= 0 or not 0 <= successes <= n:
        raise ValueError(f"a rate needs 0 <= successes <= n and n > 0, not {successes} of {n}")
    z2 = two_sided_z(confidence) ** 2
    rate = successes / n
    centre = rate + z2 / (2 * n)
    reach = math.sqrt(z2 * (rate * (1 - rate) / n + z2 / (4 * n * n)))
    low, high = (centre - reach) / (1 + z2 / n), (centre + reach) / (1 + z2 / n)
    return Interval(0.0 if successes == 0 else low, 1.0 if successes == n else high)


def tango_statistic(wins: float, losses: float, n: float, difference: float) -> float:
    """Score statistic of a paired difference of rates against ``difference`` (Tango 1998, Statistics in Medicine 17).

    ``wins`` and ``losses`` are the discordant rows out of ``n``. It falls as ``difference`` grows; infinite where the
    hypothesis is impossible.
    """
    gap = wins - losses - n * difference
    b = -wins - losses + (2 * n - wins + losses) * difference
    c = -losses * difference * (1 - difference)
    q = (math.sqrt(max(b * b - 8 * n * c, 0.0)) - b) / (4 * n)  # the loss rate, fitted under the hypothesis
    variance = n * (2 * q + difference * (1 - difference))
    if variance <= 0:
        return math.copysign(math.inf, gap) if gap else 0.0
    return gap / math.sqrt(variance)


def tango(wins: float, losses: float, n: float, confidence: float = 0.95) -> Interval:
    """Score interval of a paired difference of rates, (wins - losses) / n (Tango 1998).

    It holds its level from 20 rows up, where the Wald and t intervals do not. ``n`` may be fractional (effective).
    """
    if n <= 0 or wins < 0 or losses < 0 or wins + losses > n * (1 + 1e-12):
        raise ValueError(f"wins and losses must be at least 0 and together at most n, not {wins}, {losses}, {n}")
    z = two_sided_z(confidence)
    observed = (wins - losses) / n
    low = _crossing(lambda d: tango_statistic(wins, losses, n, d) > z, -1.0, observed)
    high = _crossing(lambda d: tango_statistic(wins, losses, n, d) > -z, observed, 1.0)
    return Interval(low, high)


def _crossing(above: Callable[[float], bool], low: float, high: float) -> float:
    """Where a falling statistic stops being above its bound; ``low`` or ``high`` when it never does or always is."""
    if not above(low):
        return low
    if above(high):
        return high
    while high - low > 1e-13:
        middle = (low + high) / 2
        low, high = (middle, high) if above(middle) else (low, middle)
    return (low + high) / 2


def mcnemar(wins: int, losses: int) -> McNemar:
    """McNemar's test on the discordant rows: exact binomial, and mid-p (Fagerland, Lydersen and Laake 2013).

    Exact integers until the last division. No discordant row: both p-values are 1.
    """
    if wins < 0 or losses < 0:
        raise ValueError(f"counts cannot be negative: {wins}, {losses}")
    total, fewer = wins + losses, min(wins, losses)
    terms = [math.comb(total, k) for k in range(fewer + 1)]
    tail, whole = sum(terms), 2**total
    return McNemar(exact=min(1.0, 2 * tail / whole), mid_p=(2 * tail - terms[-1]) / whole if total else 1.0)
