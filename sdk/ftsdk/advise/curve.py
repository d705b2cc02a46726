"""What more data would buy: errors at growing shares of the rows, a fitted power law, and whether it can be told."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from ftsdk.values import Value

SHARES = (0.125, 0.25, 0.5, 1.0)
REDRAWS, SEED = 400, 42
_EXPONENTS = tuple(0.05 * step for step in range(1, 41))


class Point(Value):
    """One training: on how many rows, and the share of the held-out marks that it missed."""

    rows: int
    error: float


class LearningCurve(Value):
    """err = floor + scale rows^-exponent, and the gain that twice the rows would bring, with its 90 % interval.

    ``noise`` is the 95 % half-width of one error at so many held-out rows: a gain below it cannot be seen there.
    """

    points: tuple[Point, ...]
    held_out: int
    floor: float
    scale: float
    exponent: float
    gain: float
    low: float
    high: float
    gain_at_four: float
    optimistic: float
    noise: float
    text: str


def fit_curve(points: Sequence[Point], held_out: int) -> LearningCurve:
    """The curve through ``points`` (at least three sizes), by least squares; its doubt by redrawing the errors."""
    import numpy as np

    ordered = sorted(points, key=lambda point: point.rows)
    rows = np.array([point.rows for point in ordered], dtype=float)
    errors = np.array([point.error for point in ordered])
    floor, scale, exponent = _fit(rows, errors)
    spread = np.sqrt(np.maximum(errors * (1 - errors), 1e-4) / held_out)
    redrawn = np.clip(np.random.default_rng(SEED).normal(errors, spread, (REDRAWS, len(errors))), 0, 1)
    gains = [_gain(_fit(rows, drawn), rows[-1], 2) for drawn in redrawn]
    low, high = (float(value) for value in np.quantile(gains, (0.05, 0.95)))
    gain = _gain((floor, scale, exponent), rows[-1], 2)
    noise = 1.96 * sqrt(max(errors[-1] * (1 - errors[-1]), 1e-4) / held_out)
    half = errors[np.searchsorted(rows, rows[-1] / 2)] if len(rows) > 1 else errors[-1]
    return LearningCurve(
        points=tuple(ordered), held_out=held_out, floor=floor, scale=scale, exponent=exponent, gain=gain, low=low,
        high=high, gain_at_four=_gain((floor, scale, exponent), rows[-1], 4), optimistic=float(half - errors[-1]),
        noise=noise, text=_sentence(gain, low, high, noise, held_out),
    )  # fmt: skip


def _fit(rows: object, errors: object) -> tuple[float, float, float]:
    """Floor, scale and exponent with the least squared error; neither floor nor scale is negative."""
    import numpy as np

    x, y = np.asarray(rows), np.asarray(errors)
    best = (float(y.mean()), 0.0, 1.0)
    least = float(((y - y.mean()) ** 2).sum())
    for exponent in _EXPONENTS:
        shape = x**-exponent
        centred = shape - shape.mean()
        scale = float((centred * y).sum() / (centred**2).sum())
        floor = float(y.mean() - scale * shape.mean())
        if scale < 0:
            continue
        if floor < 0:
            floor, scale = 0.0, float((shape * y).sum() / (shape**2).sum())
        left = float(((y - floor - scale * shape) ** 2).sum())
        if left < least:
            best, least = (floor, scale, exponent), left
    return best


def _gain(curve: tuple[float, float, float], rows: float, times: float) -> float:
    _, scale, exponent = curve
    return float(scale * (rows**-exponent - (times * rows) ** -exponent))


def _sentence(gain: float, low: float, high: float, noise: float, held_out: int) -> str:
    told = f"{100 * gain:.1f} points ({100 * low:.1f} to {100 * high:.1f})"
    if gain < noise and high >= 0.01:
        return (
            f"Cannot tell what twice the rows would buy: about {told}, and with {held_out} held-out rows a gain under "
            f"{100 * noise:.1f} points cannot be seen."
        )
    if high < 0.01:
        return f"The curve is flat: twice the rows would buy about {told}. Look at the task and the examples instead."
    return f"Still learning: twice the rows would buy about {told}."
