"""Student's t and the normal distribution, through the regularised incomplete beta function; standard library alone."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

_TINY = 1e-300


def normal_quantile(probability: float) -> float:
    """Quantile of the standard normal distribution."""
    return NormalDist().inv_cdf(probability)


def two_sided_z(confidence: float) -> float:
    """How many standard errors a two-sided interval at ``confidence`` reaches to each side."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    return normal_quantile(0.5 + confidence / 2)


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta I_x(a, b) by Lentz's continued fraction (DLMF 8.17.22; Press et al., 6.4)."""
    if not 0 <= x <= 1:
        raise ValueError(f"x must lie between 0 and 1, not {x}")
    if x in (0.0, 1.0):
        return x
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast only below the mean
        return 1 - _beta_below_mean(b, a, 1 - x)
    return _beta_below_mean(a, b, x)


def _beta_below_mean(a: float, b: float, x: float) -> float:
    log_front = a * math.log(x) + b * math.log1p(-x) - _log_beta(a, b) - math.log(a)
    return math.exp(log_front) * _beta_fraction(a, b, x)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _beta_fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, _inverse(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 100_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = _inverse(1 + term * d)
            c = 1 + term / c or _TINY
            value *= d * c
        if abs(d * c - 1) < 1e-15:
            return value
    raise ArithmeticError(f"the incomplete beta function did not converge at a={a}, b={b}, x={x}")


def _inverse(value: float) -> float:
    return 1 / (value or _TINY)


def student_two_sided(t: float, df: float) -> float:
    """P(\\|T\\| >= \\|t\\|) for Student's t with ``df`` degrees of freedom."""
    if df <= 0:
        raise ValueError(f"degrees of freedom must be positive, not {df}")
    if math.isinf(t):
        return 0.0
    square = t * t
    if square < 1:  # near the middle the complement keeps its digits, in the tail the fraction itself does
        return 1 - incomplete_beta(0.5, df / 2, square / (df + square))
    return incomplete_beta(df / 2, 0.5, df / (df + square))


def student_cdf(t: float, df: float) -> float:
    """P(T <= t) for Student's t with ``df`` degrees of freedom."""
    tail = student_two_sided(t, df) / 2
    return tail if t < 0 else 1 - tail


@lru_cache(maxsize=1024)
def student_quantile(probability: float, df: float) -> float:
    """Quantile of Student's t with ``df`` degrees of freedom, by bisection on its tail."""
    if not 0 < probability < 1:
        raise ValueError(f"probability must lie between 0 and 1, not {probability}")
    if probability < 0.5:
        return -student_quantile(1 - probability, df)
    tail = 2 * (1 - probability)
    low, high = 0.0, 1.0
    while student_two_sided(high, df) > tail:
        low, high = high, high * 2
    while high - low > 1e-14 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if student_two_sided(middle, df) > tail else (low, middle)
    return (low + high) / 2


def two_sided_t(confidence: float, df: float) -> float:
    """How many standard errors a two-sided t interval at ``confidence`` reaches to each side."""
    two_sided_z(confidence)  # the same limits on confidence
    return student_quantile(0.5 + confidence / 2, df)
