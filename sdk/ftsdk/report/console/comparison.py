"""A comparison for the terminal: the headline, what got worse before what got better, then every number."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from ftsdk.evals.value import ArmSummary, Comparison, Contrast, SuiteResult
from ftsdk.report.console.layout import OUTCOMES, QUIET, grid, heading, indented, outcome, said, table
from ftsdk.report.untrusted import line, shown
from ftsdk.report.wording import (
    count,
    counted,
    duration,
    evaluated,
    gain,
    mean,
    notes,
    p_value,
    percent,
    points_range,
    share_range,
    usd_per_1000,
)
from ftsdk.report.wording import outcome as outcome_words

SEGMENTS_SHOWN = 12


def draw_comparison(comparison: Comparison) -> RenderableType:
    """The whole comparison, in the order in which a careful reader wants it."""
    return Group(
        said(shown(comparison.headline), f"bold {OUTCOMES[comparison.verdict]}"),
        indented(said(f"{comparison.name}: {evaluated(comparison)}", QUIET)),
        *draw_losses(comparison.contrasts),
        heading("Arms"),
        draw_arms(comparison.arms),
        *draw_parts(comparison),
        *draw_contrasts(comparison.contrasts),
        *draw_segments(comparison),
        *draw_gates(comparison),
        *(part for suite in comparison.suites for part in draw_suite(suite)),
        *draw_costs(comparison.arms),
        *draw_notes(comparison),
    )


def draw_losses(contrasts: Sequence[Contrast]) -> list[RenderableType]:
    """For each contrast the rows lost, won and equal."""
    if not contrasts:
        return []
    rows = [(name(contrast), outcome_words(contrast)) for contrast in contrasts]
    return [heading("Worse and better, row by row"), grid(rows)]


def metric_names(arms: Sequence[ArmSummary]) -> list[str]:
    """Every metric that any arm has, in order of first sight."""
    return list(dict.fromkeys(metric for summary in arms for metric in summary.metrics))


def draw_arms(arms: Sequence[ArmSummary]) -> RenderableType:
    """Arms by metrics, each with its interval; below the number when there are many metrics."""
    metrics = metric_names(arms)
    between = "  " if len(metrics) <= 2 else "\n"
    rows = [[line(summary.arm.name, 24), *(cell(summary, metric, between) for metric in metrics)] for summary in arms]
    confidence = next((estimate.confidence for summary in arms for estimate in summary.metrics.values()), 0.95)
    head = [f"{confidence:.0%} intervals", *metrics]
    return table(head, rows)


def cell(summary: ArmSummary, metric: str, between: str) -> str | Text:
    """One arm's estimate of one metric."""
    estimate = summary.metrics.get(metric)
    if estimate is None:
        return said("not measured", QUIET)
    return said(f"{mean(estimate)}{between}").append(share_range(estimate), style=QUIET)


def draw_parts(comparison: Comparison) -> list[RenderableType]:
    """For metrics made of parts (the fields of a JSON answer): parts by arms."""
    drawn: list[RenderableType] = []
    for metric in metric_names(comparison.arms):
        names = list(dict.fromkeys(part for summary in comparison.arms for part in summary.parts.get(metric, {})))
        if not names:
            continue
        rows = [[line(part, 24), *(part_cell(summary, metric, part) for summary in comparison.arms)] for part in names]
        head = [line(metric, 24), *(summary.arm.name for summary in comparison.arms)]
        drawn += [heading(f"{line(metric, 40)}, field by field"), table(head, rows)]
    return drawn


def part_cell(summary: ArmSummary, metric: str, part: str) -> str:
    """One arm's mean of one part."""
    value = summary.parts.get(metric, {}).get(part)
    return "" if value is None else percent(value)


def draw_contrasts(contrasts: Sequence[Contrast]) -> list[RenderableType]:
    """Paired differences in points, with interval, p-value and verdict."""
    if not contrasts:
        return []
    rows: list[list[str | Text]] = [
        [
            name(contrast),
            said(gain(contrast.difference)).append(f"\n{points_range(contrast.difference)}", style=QUIET),
            p_value(contrast.p_value),
            verdict(contrast),
        ]
        for contrast in contrasts
    ]
    tests = "; ".join(dict.fromkeys(line(contrast.test, 60) for contrast in contrasts))
    return [
        heading("Differences on the same rows, in points"),
        table(("", "difference", "p", "verdict"), rows),
        indented(said(f"p by {tests}", QUIET)),
    ]


def name(contrast: Contrast) -> Text:
    """Which arms, which metric."""
    text = said(f"{line(contrast.first, 20)} against {line(contrast.second, 20)}")
    return text.append(f"\n{line(contrast.metric, 24)}{', primary' if contrast.primary else ''}", style=QUIET)


def verdict(contrast: Contrast) -> Text:
    """The verdict, with how many rows would settle it when it cannot be told."""
    text = outcome(contrast.verdict)
    return text.append(f"\n{count(contrast.rows_needed)} rows needed", style=QUIET) if contrast.rows_needed else text


def draw_segments(comparison: Comparison) -> list[RenderableType]:
    """The primary difference on parts of the rows, worst first."""
    if not comparison.segments:
        return []
    rows: list[list[str | Text]] = [
        [
            f"{line(item.field, 20)}: {line(item.value, 24)}",
            count(item.rows),
            said(gain(item.difference)).append(f" {points_range(item.difference)}", style=QUIET),
            outcome(item.verdict),
        ]
        for item in comparison.segments[:SEGMENTS_SHOWN]
    ]
    word = " (exploratory)" if comparison.segments[0].exploratory else ""
    return [heading(f"Parts of the rows, worst first{word}"), table(("", "rows", "difference", "verdict"), rows)]


def draw_gates(comparison: Comparison) -> list[RenderableType]:
    """Each gate with its outcome and why."""
    if not comparison.gates:
        return []
    rows = [
        [outcome(gate.outcome), said(shown(gate.text)).append(f"\n{shown(gate.detail)}", style=QUIET)]
        for gate in comparison.gates
    ]
    return [heading("Gates"), grid(rows)]


def draw_suite(suite: SuiteResult) -> list[RenderableType]:
    """A suite's arms, apart from what decides."""
    title = f"Apart: {line(suite.name, 40)} ({counted(suite.rows, 'row')}; decides nothing)"
    return [heading(title), draw_arms(suite.arms)]


def draw_costs(arms: Sequence[ArmSummary]) -> list[RenderableType]:
    """Tokens, time and calls without an answer, by arm."""
    rows = [
        [
            line(summary.arm.name, 24),
            count(summary.prompt_tokens),
            count(summary.completion_tokens),
            duration(summary.latency),
            duration(summary.latency_p95),
            usd_per_1000(summary.usd_per_1000),
            f"{summary.failures}/{summary.refused}/{summary.truncated}",
        ]
        for summary in arms
        if summary.is_measured
    ]
    head = ("", "tokens in", "out", "time", "95 % in", "1,000 calls", "failed/refused/cut")
    return [heading("What the answers took, on average"), table(head, rows)] if rows else []


def draw_notes(comparison: Comparison) -> list[RenderableType]:
    """What to know before repeating the headline."""
    found = notes(comparison)
    return [heading("To know"), *(indented(f"- {shown(note)}") for note in found)] if found else []
