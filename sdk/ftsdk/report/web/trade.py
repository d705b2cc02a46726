"""Quality against cost and latency, one point an arm, as inline SVG; colours come from the page's style sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from math import isfinite

from ftsdk.evals.value import ArmSummary, Comparison
from ftsdk.report.rows import pair
from ftsdk.report.web.markup import name
from ftsdk.report.wording import duration, mean, usd_per_1000

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 60, 130, 16, 48


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
    points = [_point(comparison, arm, across(arm) / most, said(across(arm)), arm.arm.name == tested) for arm in arms]
    caption = f"{comparison.primary_metric} (up is better) against {title} (left is better)"
    grid = "".join(_line(share) for share in (0, 0.25, 0.5, 0.75, 1))
    ends = _text(LEFT, HEIGHT - BOTTOM + 18, "0", "middle") + _text(
        WIDTH - RIGHT, HEIGHT - BOTTOM + 18, said(most), "middle"
    )
    label = _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, title, "middle")
    return (
        f'<figure><svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(caption)}">'
        f"{grid}{ends}{label}{''.join(points)}</svg><figcaption>{escape(caption)}</figcaption></figure>"
    )


def _point(comparison: Comparison, arm: ArmSummary, share: float, said: str, tested: bool) -> str:
    x, y = LEFT + share * (WIDTH - LEFT - RIGHT), _height(_quality(arm, comparison) or 0.0)
    tip = f"{name(arm.arm.name)}: {mean(arm.metrics[comparison.primary_metric])}, {escape(said)}"
    kind = "tested" if tested else "other"
    drawn = f'<g><title>{tip}</title><circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="6"/></g>'
    return drawn + _text(x + 10, y + 4, name(arm.arm.name), "start")


def _line(share: float) -> str:
    y = _height(share)
    line = f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return line + _text(LEFT - 8, y + 4, f"{share:.0%}", "end")


def _height(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'
