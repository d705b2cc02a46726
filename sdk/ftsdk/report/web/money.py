"""The break-even as inline SVG: how the net saving is spread, and which inputs move it most."""

from __future__ import annotations

from html import escape

from ftsdk.advise.money import Cost
from ftsdk.advise.money.simulate import LABELS, Bar

WIDTH, BAR_HEIGHT, GAP = 760, 18, 8
LEFT, RIGHT = 250, 20
SPREAD_HEIGHT, FOOT = 200, 36


def spread(cost: Cost) -> str:
    """The histogram of the net saving over all futures; zero and the median are marked."""
    edges = [edge for edge, _ in cost.histogram]
    step = edges[1] - edges[0] if len(edges) > 1 else 1.0
    low, high = min(0.0, edges[0]), max(0.0, edges[-1] + step)
    tallest = max(count for _, count in cost.histogram) or 1
    drawn = []
    for edge, count in cost.histogram:
        height = (SPREAD_HEIGHT - FOOT - 10) * count / tallest
        x, right = _x(edge, low, high, 10), _x(edge + step, low, high, 10)
        kind = "gain" if edge + step / 2 > 0 else "loss"
        drawn.append(
            f'<rect class="{kind}" x="{x:.1f}" y="{SPREAD_HEIGHT - FOOT - height:.1f}" '
            f'width="{max(0.5, right - x - 1):.1f}" height="{height:.1f}"/>'
        )
    marks = "".join(_mark(value, word, low, high) for value, word in ((0.0, "0"), (cost.p50, "median")))
    label = escape(f"{cost.chance:.0%} of the futures save money; median {cost.p50:,.0f} USD")
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {SPREAD_HEIGHT}" role="img" aria-label="{label}">'
        f"{''.join(drawn)}{marks}</svg>"
    )


def tornado(cost: Cost) -> str:
    """One bar an input, from the net saving at its low end to that at its high end."""
    ends = [end for bar in cost.tornado for end in (bar.at_low, bar.at_high)]
    low, high = min(0.0, *ends), max(0.0, *ends)
    height = len(cost.tornado) * (BAR_HEIGHT + GAP) + GAP
    zero = _x(0, low, high, LEFT)
    rows = "".join(_bar(bar, row, low, high) for row, bar in enumerate(cost.tornado))
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Net saving by input">'
        f'<line class="grid" x1="{zero:.1f}" x2="{zero:.1f}" y1="0" y2="{height}"/>{rows}</svg>'
    )


def _bar(bar: Bar, row: int, low: float, high: float) -> str:
    y = GAP + row * (BAR_HEIGHT + GAP)
    left, right = sorted(_x(end, low, high, LEFT) for end in (bar.at_low, bar.at_high))
    tip = escape(f"{LABELS[bar.name]}: {bar.at_low:,.0f} USD at {bar.low:g}, {bar.at_high:,.0f} USD at {bar.high:g}")
    return (
        f'<text x="{LEFT - 8}" y="{y + BAR_HEIGHT - 5}" text-anchor="end">{escape(LABELS[bar.name])}</text>'
        f'<rect class="swing" x="{left:.1f}" y="{y}" width="{max(1.0, right - left):.1f}" height="{BAR_HEIGHT}">'
        f"<title>{tip}</title></rect>"
    )


def _mark(value: float, word: str, low: float, high: float) -> str:
    x = _x(value, low, high, 10)
    y = SPREAD_HEIGHT - FOOT
    text = word if word == "0" else f"{word} {value:,.0f} USD"
    lower = 16 if word == "0" else 30
    return (
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{y}"/>'
        f'<text x="{x:.1f}" y="{y + lower}" text-anchor="middle">{escape(text)}</text>'
    )


def _x(value: float, low: float, high: float, left: float) -> float:
    share = (value - low) / (high - low) if high > low else 0.5
    return left + share * (WIDTH - RIGHT - left)
