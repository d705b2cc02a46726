"""How many rows a comparison needs, and how small a difference so many rows can show."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import lru_cache

from ftsdk.stats.student import incomplete_beta, normal_quantile, two_sided_z

POWER = 0.8
REGRESSION_RATES = (0.0, 0.10)
"""Share of rows that tuning may break although the other arm had them right: none, to one in ten."""
SCORE_SPREADS = (0.2, 0.4)
"""Usual range of the standard deviation of paired differences of scores between 0 and 1 (shares of a few fields)."""
_EXACT_UP_TO = 1000


def rows_for_mean(difference: float, sd: float, power: float = POWER, confidence: float = 0.95) -> int:
    """Rows that show a mean paired difference: n = ((z_a/2 + z_b) sd / difference)^2, rounded up."""
    if difference == 0:
        raise ValueError("no number of rows shows a difference of 0")
    return max(2, math.ceil((_both_z(power, confidence) * sd / difference) ** 2 - 1e-9))


def rows_for_non_inferiority(margin: float, discordant: float, power: float = POWER, confidence: float = 0.95) -> int:
    """Rows that show, one-sided, "not worse by ``margin``" in a yes/no metric of which ``discordant`` of the rows "
    "differ.

    n = (z_a + z_b)^2 d / m^2 for paired rates (Liu et al. 2002), rounded up; both are shares of 1.
    """
    both = normal_quantile(confidence) + normal_quantile(power)
    return math.ceil(both**2 * discordant / margin**2)


def smallest_mean(n: float, sd: float, power: float = POWER, confidence: float = 0.95) -> float:
    """Smallest mean paired difference that ``n`` rows show, in the scores' unit: (z_a/2 + z_b) sd / sqrt(n)."""
    return _both_z(power, confidence) * sd / math.sqrt(n)


def rows_for_rates(
    difference: float, regression_rate: float = 0.0, power: float = POWER, confidence: float = 0.95
) -> int:
    """Rows that show a gain of ``difference`` in a yes/no metric when ``regression_rate`` of the rows get worse.

    Exact (mid-p McNemar) up to 1,000 rows, normal approximation above.
    """
    if not 0 < difference <= 1 - 2 * regression_rate:
        raise ValueError(f"a gain of {difference} is not possible at a regression rate of {regression_rate}")
    wins = difference + regression_rate
    if power_of_rates(_EXACT_UP_TO, wins, regression_rate, confidence) < power:
        return rows_for_mean(difference, _rate_sd(difference, regression_rate), power, confidence)
    low, high = 0, _EXACT_UP_TO
    while high - low > 1:
        middle = (low + high) // 2
        enough = power_of_rates(middle, wins, regression_rate, confidence) >= power
        low, high = (low, middle) if enough else (middle, high)
    return high


def smallest_rates(
    n: int, regression_rate: float = 0.0, power: float = POWER, confidence: float = 0.95
) -> float | None:
    """Smallest gain in a yes/no metric (as a share) that ``n`` rows show; None when so few rows can show none.

    ``regression_rate`` is the share of rows that the first arm gets wrong and the second right. Exact (mid-p McNemar)
    up to 1,000 rows, normal approximation above.
    """
    greatest = 1 - 2 * regression_rate

    def shows(gain: float) -> bool:
        if n > _EXACT_UP_TO:
            return smallest_mean(n, _rate_sd(gain, regression_rate), power, confidence) <= gain
        return power_of_rates(n, gain + regression_rate, regression_rate, confidence) >= power

    if n < 1 or greatest <= 0 or not shows(greatest):
        return None
    return _first(shows, 0.0, greatest)


def visible_points(n: int, *, binary: bool) -> tuple[float, float] | None:
    """Before any run: the range, in points of 100, in which the smallest reliably visible difference lies.

    "Your 40 holdout examples can reliably detect only >= 16-30 point changes." For a yes/no metric it spans the
    regression rates 0 to 10 %, for scores their usual spread. None when so few rows show nothing.
    """
    if binary:
        low, high = (smallest_rates(n, rate) for rate in REGRESSION_RATES)
        return None if low is None else (100 * low, 100 * (1.0 if high is None else high))
    if n < 2:
        return None
    few, many = (min(1.0, smallest_mean(n, sd)) for sd in SCORE_SPREADS)
    return 100 * few, 100 * many


def power_of_rates(n: int, win_rate: float, loss_rate: float, confidence: float = 0.95) -> float:
    """Chance that mid-p McNemar on ``n`` rows finds the first arm better, by enumeration of the discordant rows."""
    discordant = min(1.0, win_rate + loss_rate)
    if discordant == 0:
        return 0.0
    share = min(1.0, win_rate / discordant)
    return math.fsum(
        chance * _at_least(needed, total, share)
        for total, chance in _likely_totals(n, discordant)
        if (needed := _wins_needed(total, confidence)) is not None
    )


def _both_z(power: float, confidence: float) -> float:
    return two_sided_z(confidence) + normal_quantile(power)


def _rate_sd(difference: float, regression_rate: float) -> float:
    return math.sqrt(difference + 2 * regression_rate - difference**2)


def _first(shows: Callable[[float], bool], low: float, high: float) -> float:
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high


def _likely_totals(n: int, rate: float) -> Iterator[tuple[int, float]]:
    reach = 8.5 * math.sqrt(n * rate * (1 - rate)) + 10  # what lies outside weighs less than 1e-12
    for total in range(max(0, math.floor(n * rate - reach)), min(n, math.ceil(n * rate + reach)) + 1):
        yield total, _binomial(total, n, rate)


def _binomial(k: int, n: int, rate: float) -> float:
    if rate in (0.0, 1.0):
        return float(k == n * rate)
    log_ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(log_ways + k * math.log(rate) + (n - k) * math.log1p(-rate))


def _at_least(k: int, n: int, rate: float) -> float:
    if k <= 0:
        return 1.0
    return incomplete_beta(k, n - k + 1, rate) if k <= n else 0.0


@lru_cache(maxsize=4096)
def _wins_needed(total: int, confidence: float) -> int | None:
    """Fewest wins among ``total`` discordant rows whose mid-p value is at most 1 - confidence; None when none is."""
    low, high = total // 2, total
    if total == 0 or _mid_p(total, total) > 1 - confidence:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _mid_p(middle, total) <= 1 - confidence else (middle, high)
    return high


def _mid_p(wins: int, total: int) -> float:
    return 2 * _at_least(wins, total, 0.5) - _binomial(wins, total, 0.5)
