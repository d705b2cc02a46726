"""What was measured, as tables: arms with their intervals, fields, differences, gates, costs and suites."""

from __future__ import annotations

from collections.abc import Sequence

from ftsdk.evals.value import ArmSummary, Comparison, Contrast, Estimate
from ftsdk.report.rows import pair
from ftsdk.report.web.markup import name, table, text, verdict
from ftsdk.report.web.svg import interval_bar
from ftsdk.report.wording import count, counted, duration, outcome, p_value, percent, points, points_range, share_range


def arms_table(arms: Sequence[ArmSummary], *, caption: str, focus: str | None = None) -> str:
    """Arms by metrics, each number with its interval in words and as a bar from 0 to 100 %."""
    metrics = list(dict.fromkeys(metric for summary in arms for metric in summary.metrics))
    rows = [
        [name(summary.arm.name), *(_estimate(summary.metrics.get(metric)) for metric in metrics)] for summary in arms
    ]
    head = ["arm", *(f"{name(metric)} <small>0 to 100 %</small>" for metric in metrics)]
    return table(caption, head, rows, focus=None if focus is None else name(focus))


def parts_tables(comparison: Comparison) -> str:
    """For each metric made of parts: parts by arms."""
    metrics = list(dict.fromkeys(metric for summary in comparison.arms for metric in summary.parts))
    return "\n".join(_parts_table(comparison, metric) for metric in metrics)


def losses_line(comparison: Comparison) -> str:
    """What got worse before what got better, one sentence a contrast."""
    lines = [
        f"<li><strong>{name(contrast.first)}</strong> against {name(contrast.second)} on {name(contrast.metric)}: "
        f"{outcome(contrast)}</li>"
        for contrast in comparison.contrasts
    ]
    return f"<ul>{''.join(lines)}</ul>" if lines else ""


def contrasts_table(contrasts: Sequence[Contrast]) -> str:
    """Paired differences with their intervals on one axis, p-values and verdicts."""
    if not contrasts:
        return ""
    reach = max(max(abs(item.difference.low), abs(item.difference.high)) for item in contrasts) or 1.0
    return table(
        "Differences on the same rows, in points",
        ("first against second", "metric", "difference", "p", "worse / better / equal", "verdict"),
        [_contrast(contrast, reach) for contrast in contrasts],
    )


def gates_table(comparison: Comparison) -> str:
    """Each gate, its outcome and why."""
    rows = [(text(gate.text), verdict(gate.outcome), text(gate.detail)) for gate in comparison.gates]
    return table("Gates: conditions that were set before the run", ("gate", "outcome", "why"), rows) if rows else ""


def costs_table(arms: Sequence[ArmSummary]) -> str:
    """Tokens, time and calls without an answer, by arm."""
    rows = [
        (
            name(summary.arm.name),
            count(summary.prompt_tokens),
            count(summary.completion_tokens),
            duration(summary.latency),
            count(summary.failures),
            count(summary.truncated),
        )
        for summary in arms
    ]
    head = ("arm", "tokens in", "tokens out", "time", "no answer", "cut off by the limit")
    return table("What an answer took, on average", head, rows)


def suites(comparison: Comparison) -> str:
    """Rows reported apart."""
    return "\n".join(
        f"<h3>{name(suite.name)}</h3>"
        + arms_table(
            suite.arms, caption=f"{name(suite.name)}: {counted(suite.rows, 'row')}, reported apart; decides nothing"
        )
        for suite in comparison.suites
    )


def measured(comparison: Comparison) -> str:
    """The arms and their fields."""
    tested = pair(comparison).first
    return arms_table(comparison.arms, caption="Arms, means with intervals", focus=tested) + parts_tables(comparison)


def _estimate(estimate: Estimate | None) -> str:
    if estimate is None:
        return "not measured"
    bar = interval_bar(estimate.low, estimate.value, estimate.high, start=0.0, end=1.0)
    return f'<span class="number">{percent(estimate.value)}</span> <small>{share_range(estimate)}</small>{bar}'


def _parts_table(comparison: Comparison, metric: str) -> str:
    parts = list(dict.fromkeys(part for summary in comparison.arms for part in summary.parts.get(metric, {})))
    rows = [
        [name(part), *(_part(summary.parts.get(metric, {}).get(part)) for summary in comparison.arms)] for part in parts
    ]
    head = ["field", *(name(summary.arm.name) for summary in comparison.arms)]
    return table(f"{name(metric)}, field by field", head, rows) if rows else ""


def _part(value: float | None) -> str:
    return "" if value is None else f'<span class="figure">{percent(value)}</span>'


def _contrast(contrast: Contrast, reach: float) -> tuple[str, ...]:
    difference = contrast.difference
    bar = interval_bar(difference.low, difference.value, difference.high, start=-reach, end=reach)
    needed = f"<br><small>{count(contrast.rows_needed)} rows needed</small>" if contrast.rows_needed else ""
    return (
        f"{name(contrast.first)} against {name(contrast.second)}",
        name(contrast.metric) + (" <small>primary</small>" if contrast.primary else ""),
        f'<span class="number">{points(difference.value)}</span> <small>{points_range(difference)}</small>{bar}',
        f"{p_value(contrast.p_value)}<br><small>{name(contrast.test)}</small>",
        f"{count(contrast.losses)} / {count(contrast.wins)} / {count(contrast.ties)}",
        verdict(contrast.verdict) + needed,
    )
