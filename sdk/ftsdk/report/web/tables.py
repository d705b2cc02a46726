"""What was measured, as tables: arms with their intervals, fields, differences, gates, costs and suites."""

from __future__ import annotations

from collections.abc import Sequence

from ftsdk.evals.value import ArmSummary, Comparison, Contrast, Estimate
from ftsdk.report.rows import pair
from ftsdk.report.web.markup import name, table, text, verdict
from ftsdk.report.web.svg import interval_bar
from ftsdk.report.wording import (
    UNKNOWN,
    count,
    counted,
    duration,
    gain,
    mean,
    outcome,
    p_value,
    percent,
    points_range,
    share_range,
    usd_per_1000,
)


def arms_table(arms: Sequence[ArmSummary], *, caption: str, focus: str | None = None) -> str:
    """Arms by metrics, each number with its interval in words and as a bar from 0 to 100 %."""
    metrics = list(dict.fromkeys(metric for summary in arms for metric in summary.metrics))
    rows = [
        [name(summary.arm.name), *(_estimate(summary.metrics.get(metric)) for metric in metrics)] for summary in arms
    ]
    head = ["arm", *(_head(arms, metric) for metric in metrics)]
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
    shares = [item.difference for item in contrasts if item.difference.unit == "share"]
    reach = max((max(abs(item.low), abs(item.high)) for item in shares), default=1.0) or 1.0
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
            duration(summary.latency_p95),
            usd_per_1000(summary.usd_per_1000),
            count(summary.failures),
            count(summary.refused),
            count(summary.truncated),
        )
        for summary in arms
        if summary.is_measured
    ]
    head = (
        "arm",
        "tokens in",
        "tokens out",
        "time",
        "95 % within",
        "1,000 calls",
        "no answer",
        "refused",
        "cut off by the limit",
    )
    return table("What an answer took, on average", head, rows) if rows else ""


def segments_table(comparison: Comparison) -> str:
    """The primary difference on parts of the rows, worst first."""
    if not comparison.segments:
        return ""
    rows = [
        (
            f"{name(item.field)}: {name(item.value)}",
            count(item.rows),
            f'<span class="number">{gain(item.difference)}</span> <small>{points_range(item.difference)}</small>',
            p_value(item.p_value),
            verdict(item.verdict),
        )
        for item in comparison.segments
    ]
    word = "exploratory" if comparison.segments[0].exploratory else "corrected for their number"
    return table(
        f"The primary difference on parts of the rows ({word})", ("rows", "number", "difference", "p", "verdict"), rows
    )


def confusion_tables(comparison: Comparison) -> str:
    """Which label was given for which, by arm."""
    return "\n".join(
        table(
            f"{name(item.metric)}, {name(item.arm)}: macro-F1 {item.macro_f1:.3f}; expected down, given across",
            ("", *map(name, item.labels), "no label"),
            [[name(label), *map(count, line)] for label, line in zip(item.labels, item.counts, strict=True)],
        )
        for item in comparison.confusions
        if len(item.labels) <= 30
    )


def judges_table(comparison: Comparison) -> str:
    """How far judged metrics can be relied on."""
    rows = [
        (
            name(item.metric),
            ", ".join(map(name, item.judges)),
            count(item.judged),
            count(item.unreadable),
            *(UNKNOWN if value is None else f"{value:.2f}" for value in (item.consistency, item.agreement)),
            *(UNKNOWN if value is None else percent(value) for value in (item.sensitivity, item.specificity)),
        )
        for item in comparison.judges
    ]
    head = ("metric", "judges", "judged", "unreadable", "both orders agree", "alpha", "sensitivity", "specificity")
    return table("Judges: how far they can be relied on", head, rows) if rows else ""


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


def _head(arms: Sequence[ArmSummary], metric: str) -> str:
    units = {summary.metrics[metric].unit for summary in arms if metric in summary.metrics}
    said = "0 to 100 %" if units <= {"share"} else f"{', '.join(sorted(units))}; less is better"
    return f"{name(metric)} <small>{said}</small>"


def _estimate(estimate: Estimate | None) -> str:
    if estimate is None:
        return "not measured"
    if estimate.unit != "share":
        return f'<span class="number">{mean(estimate)}</span> <small>{share_range(estimate)}</small>'
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
    bar = (
        interval_bar(difference.low, difference.value, difference.high, start=-reach, end=reach)
        if difference.unit == "share"
        else ""
    )
    needed = f"<br><small>{count(contrast.rows_needed)} rows needed</small>" if contrast.rows_needed else ""
    return (
        f"{name(contrast.first)} against {name(contrast.second)}",
        name(contrast.metric) + (" <small>primary</small>" if contrast.primary else ""),
        f'<span class="number">{gain(difference)}</span> <small>{points_range(difference)}</small>{bar}',
        f"{p_value(contrast.p_value)}<br><small>{name(contrast.test)}</small>",
        f"{count(contrast.losses)} / {count(contrast.wins)} / {count(contrast.ties)}",
        verdict(contrast.verdict) + needed,
    )
