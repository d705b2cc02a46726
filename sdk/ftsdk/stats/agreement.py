"""How far several judges agree, and what a judge's rate is worth once its errors are known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ftsdk.stats.student import two_sided_z


class Corrected(NamedTuple):
    """A rate corrected for a judge's errors, with its interval."""

    rate: float
    low: float
    high: float


def krippendorff(ratings: Sequence[Sequence[float | None]]) -> float | None:
    """Krippendorff's alpha for interval data: 1 - observed / expected disagreement (Krippendorff 2011).

    ``ratings[judge][unit]``, None where a judge said nothing. None when no unit has two ratings or nothing varies.
    """
    units = [[value for value in unit if value is not None] for unit in zip(*ratings, strict=True)]
    paired = [unit for unit in units if len(unit) > 1]
    values = [value for unit in paired for value in unit]
    if len(values) < 2:
        return None
    observed = sum(_squares(unit) / (len(unit) - 1) for unit in paired) / len(values)
    expected = _squares(values) / (len(values) * (len(values) - 1))
    return 1 - observed / expected if expected > 0 else None


def rogan_gladen(
    rate: float,
    n: int,
    sensitivity: float,
    specificity: float,
    positives: int,
    negatives: int,
    confidence: float = 0.95,
) -> Corrected | None:
    """The true rate behind a judge's: (p + q0 - 1) / (q0 + q1 - 1), with the delta method over both samples.

    Rogan and Gladen 1978; for LLM judges arXiv:2511.21140. None when the judge is no better than chance.
    """
    power = sensitivity + specificity - 1
    if power <= 0 or not (n and positives and negatives):
        return None
    true = min(1.0, max(0.0, (rate + specificity - 1) / power))
    variance = (
        rate * (1 - rate) / n
        + (1 - true) ** 2 * specificity * (1 - specificity) / negatives
        + true**2 * sensitivity * (1 - sensitivity) / positives
    ) / power**2
    reach = two_sided_z(confidence) * math.sqrt(variance)
    return Corrected(true, max(0.0, true - reach), min(1.0, true + reach))


def _squares(values: Sequence[float]) -> float:
    """Sum of squared differences over all ordered pairs."""
    total = math.fsum(values)
    return 2 * (len(values) * math.fsum(value * value for value in values) - total * total)
