"""Quality against cost and latency, one point an arm, as inline SVG; colours come from the page's style sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from math import isfinite

from ftsdk.evals.value import ArmSummary, Comparison
from ftsdk.report.rows import pair
from ftsdk.report.untrusted import line
from ftsdk.report.web.markup import figure, name
from ftsdk.report.wording import duration, mean, share_range, usd_per_1000

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 60, 130, 16, 48
LABEL, LINE = 18, 14


def trade_chart(comparison: Comparison) -> str:
    """The primary metric against dollars per 1,000 calls and against seconds, where they are known and differ."""
    arms = [summary for summary in comparison.arms if _quality(summary, comparison) is not None]
    costs = [summary for summary in arms if summary.usd_per_1000]
    timed = [summary for summary in arms if summary.latency > 0]
    charts = (
        _chart(comparison, costs, lambda arm: arm.usd_per_1000 or 0.0, usd_per_1000, "US dollars per 1,000 calls"),
        _chart(comparison, timed, lambda arm: arm.latency, duration, "time an answer takes, on average"),
    )
    return "".join(charts)


def _quality(summary: ArmSummary, comparison: Comparison) -> float | None:
    estimate = summary.metrics.get(comparison.primary_metric)
    known = estimate is not None and estimate.unit == "share" and isfinite(estimate.value)
    return estimate.value if known and estimate is not None else None


def _chart(
    comparison: Comparison,
    arms: Sequence[ArmSummary],
    across: Callable[[ArmSummary], float],
    said: Callable[[float], str],
    title: str,
) -> str:
    if len(arms) < 2:
        return ""
    most, tested = max(map(across, arms)), pair(comparison).first
    places = [(LEFT + across(arm) / most * (WIDTH - LEFT - RIGHT), _quality(arm, comparison) or 0.0) for arm in arms]
    points = [
        _point(comparison, arm, x, said(across(arm)), arm.arm.name == tested)
        for arm, (x, _share) in zip(arms, places, strict=True)
    ]
    labels = [
        _text(x + 10, y, escape(line(arm.arm.name, LABEL)), "start")
        for arm, (x, y) in zip(arms, _apart([(x, _height(share) + 4) for x, share in places]), strict=True)
    ]
    caption = f"{comparison.primary_metric} (up is better) against {title} (left is better)"
    grid = "".join(_line(share) for share in (0, 0.25, 0.5, 0.75, 1))
    ends = _text(LEFT, HEIGHT - BOTTOM + 18, "0", "middle") + _text(
        WIDTH - RIGHT, HEIGHT - BOTTOM + 18, said(most), "middle"
    )
    label = _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, title, "middle")
    return figure(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(caption)}">'
        f"{grid}{ends}{label}{''.join(points)}{''.join(labels)}</svg>",
        f"{caption}. The upright line is the interval.",
    )


def _point(comparison: Comparison, arm: ArmSummary, x: float, said: str, tested: bool) -> str:
    quality = arm.metrics[comparison.primary_metric]
    low, y, high = (_height(min(1.0, max(0.0, share))) for share in (quality.low, quality.value, quality.high))
    tip = f"{name(arm.arm.name)}: {mean(quality)} ({share_range(quality)}), {escape(said)}"
    kind = "tested" if tested else "other"
    return (
        f'<g class="{kind}"><title>{tip}</title>'
        f'<line class="reach" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>'
        f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="6"/></g>'
    )


def _apart(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Where labels stand: those that would lie on one another move down, one line each."""
    found: dict[int, tuple[float, float]] = {}
    for index in sorted(range(len(places)), key=lambda at: places[at][1]):
        x, y = places[index]
        for near_x, near_y in found.values():
            if abs(near_x - x) < RIGHT and abs(near_y - y) < LINE:
                y = near_y + LINE
        found[index] = (x, y)
    return [found[index] for index in range(len(places))]


def _line(share: float) -> str:
    y = _height(share)
    drawn = f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return drawn + _text(LEFT - 8, y + 4, f"{share:.0%}", "end")


def _height(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'
