"""Intervals and the loss curve drawn as inline SVG; colours come from the page's style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import isfinite

from ftsdk.report.curve import Curve, ticks

BAR_WIDTH, BAR_HEIGHT = 168, 12
WIDTH, HEIGHT = 760, 280
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 12, 40


def interval_bar(low: float, value: float, high: float, *, start: float, end: float) -> str:
    """A dot with its whiskers on an axis from ``start`` to ``end``; the numbers stand beside it in words."""
    if not all(map(isfinite, (low, value, high))) or end <= start:
        return ""
    left, dot, right = (_along(number, start, end, 4, BAR_WIDTH - 4) for number in (low, value, high))
    zero = _along(0.0, start, end, 4, BAR_WIDTH - 4)
    middle = BAR_HEIGHT / 2
    return (
        f'<svg class="bar" viewBox="0 0 {BAR_WIDTH} {BAR_HEIGHT}" width="{BAR_WIDTH}" height="{BAR_HEIGHT}" '
        'aria-hidden="true">'
        f'<line class="track" x1="4" x2="{BAR_WIDTH - 4}" y1="{middle}" y2="{middle}"/>'
        f'<line class="zero" x1="{zero:.1f}" x2="{zero:.1f}" y1="1" y2="{BAR_HEIGHT - 1}"/>'
        f'<line class="whisker" x1="{left:.1f}" x2="{right:.1f}" y1="{middle}" y2="{middle}"/>'
        f'<circle class="dot" cx="{dot:.1f}" cy="{middle}" r="4"/></svg>'
    )


def loss_chart(curve: Curve) -> str:
    """The loss by step: as measured (thin) and smoothed (thick), with axes."""
    across = [mark for mark in ticks(0, curve.last_step) if mark <= curve.last_step]
    up = ticks(0, max(curve.losses))
    x = [_along(step, 0, curve.last_step, LEFT, WIDTH - RIGHT) for step in curve.steps]
    measured, smooth = (
        [_along(loss, up[0], up[-1], HEIGHT - BOTTOM, TOP) for loss in series]
        for series in (curve.losses, curve.smooth)
    )
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(curve.sentence)}">'
        f"{_vertical_axis(up)}{_horizontal_axis(across, curve.last_step)}"
        f'<polyline class="measured" points="{_points(x, measured)}"/>'
        f'<polyline class="smooth" points="{_points(x, smooth)}"/></svg>'
    )


def _vertical_axis(marks: Sequence[float]) -> str:
    drawn = []
    for mark in marks:
        y = _along(mark, marks[0], marks[-1], HEIGHT - BOTTOM, TOP)
        drawn.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        drawn.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{mark:g}</text>')
    middle = (TOP + HEIGHT - BOTTOM) / 2
    drawn.append(f'<text transform="translate(12 {middle}) rotate(-90)" text-anchor="middle">loss (nats)</text>')
    return "".join(drawn)


def _horizontal_axis(marks: Sequence[float], end: float) -> str:
    drawn = []
    for mark in marks:
        x = _along(mark, 0, end, LEFT, WIDTH - RIGHT)
        drawn.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{mark:g}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    drawn.append(f'<text x="{middle}" y="{HEIGHT - 4}" text-anchor="middle">optimiser step</text>')
    return "".join(drawn)


def _along(value: float, start: float, end: float, first: float, last: float) -> float:
    share = min(1.0, max(0.0, (value - start) / (end - start)))
    return first + share * (last - first)


def _points(x: Sequence[float], y: Sequence[float]) -> str:
    return " ".join(f"{across:.1f},{down:.1f}" for across, down in zip(x, y, strict=True))
