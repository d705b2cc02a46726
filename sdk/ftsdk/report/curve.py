"""A loss curve as data: finite points, thinned and smoothed, with axes that end on round numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10
from typing import NamedTuple

from ftsdk.trainers.contract import StepMetric

MOST_POINTS = 400
SPARKS = 32
BARS = "▁▂▃▄▅▆▇█"


class Curve(NamedTuple):
    """``steps`` and ``losses`` (nats) of at most `MOST_POINTS` points, ``smooth`` their moving average."""

    steps: tuple[float, ...]
    losses: tuple[float, ...]
    smooth: tuple[float, ...]
    last_step: int
    not_finite: int

    @property
    def sentence(self) -> str:
        """What the curve shows, for those who cannot see it."""
        text = f"training loss goes from {self.smooth[0]:.2f} to {self.smooth[-1]:.2f} over {self.last_step:,} steps"
        return f"{text}; {self.not_finite} steps had no finite loss" if self.not_finite else text


def loss_curve(metrics: Sequence[StepMetric]) -> Curve | None:
    """The curve of ``metrics``; None when fewer than two steps have a finite loss."""
    finite = [metric for metric in metrics if isfinite(metric.loss)]
    if len(finite) < 2:
        return None
    width = ceil(len(finite) / MOST_POINTS)
    buckets = [finite[start : start + width] for start in range(0, len(finite), width)]
    steps = tuple(sum(metric.step for metric in bucket) / len(bucket) for bucket in buckets)
    losses = tuple(sum(metric.loss for metric in bucket) / len(bucket) for bucket in buckets)
    return Curve(steps, losses, _smooth(losses), finite[-1].step, len(metrics) - len(finite))


def sparkline(losses: Sequence[float], most: int = SPARKS) -> str:
    """The losses as at most ``most`` bars of eight heights, the last of each stretch; those not finite are left out."""
    finite = [loss for loss in losses if isfinite(loss)]
    count = min(len(finite), most)
    values = [finite[(index + 1) * len(finite) // count - 1] for index in range(count)]
    if not values:
        return ""
    low, span = min(values), (max(values) - min(values)) or 1.0
    return "".join(BARS[round((value - low) / span * (len(BARS) - 1))] for value in values)


def ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Round numbers (1, 2 or 5 times a power of ten apart) that cover ``low`` to ``high``."""
    span = (high - low) or abs(high) or 1.0
    rough = span / about
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first, last = floor(low / step), ceil(high / step)
    return tuple(round(index * step, 10) for index in range(first, last + 1))


def _smooth(values: Sequence[float]) -> tuple[float, ...]:
    """Centred moving average over about a twentieth of the curve; an exponential one would lag behind a steep fall."""
    reach = len(values) // 40
    windows = (values[max(0, middle - reach) : middle + reach + 1] for middle in range(len(values)))
    return tuple(sum(window) / len(window) for window in windows)
