"""A comparison as a message: verdict first, regressions before wins, a table with intervals."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any

import ftsdk
from ftbot.screens.blocks import (
    Block,
    Element,
    actions,
    bullets,
    button,
    cell,
    chart,
    context,
    figure,
    line,
    message,
    paragraph,
    rich,
    table,
    words,
)
from ftbot.screens.standing import Standing, deciding, standing_blocks

CONTRASTS_SHOWN = 16
ARMS_SHOWN = 10
NOTES_SHOWN = 5
ORDER = {"worse": 0, "cannot tell": 1, "not worse": 2, "better": 3}


def comparison_message(
    comparison: ftsdk.Comparison, run: str, *, share: bool = False, standing: Standing | None = None
) -> dict[str, Any]:
    """The message; with ``share``, a button that posts it to the channel. ``standing`` is what was decided."""
    stands = standing or Standing()
    contrasts = sorted(comparison.contrasts, key=lambda item: (ORDER[item.verdict], not item.primary))
    blocks = [_head(comparison, run), *_regressions(contrasts), *_contrast_table(contrasts), *_arm_table(comparison)]
    picture = _chart(comparison)
    blocks += [picture] if picture else []
    blocks += _notes(comparison)
    blocks += standing_blocks(stands)
    buttons = [button("ft:examples", "See examples", run)] if comparison.rows else []
    buttons += [*deciding(stands, run, comparison.name), button("ft:run:report", "Report as a page", run)]
    buttons += [button("ft:run:share", "Share in this channel", run)] if share else []
    blocks.append(actions(*buttons))
    return message(f"{run}: {comparison.verdict}. {comparison.headline}", blocks)


def _head(comparison: ftsdk.Comparison, run: str) -> Block:
    verdict = f"{comparison.verdict[:1].upper()}{comparison.verdict[1:]}. "
    return rich(
        line(words(verdict, bold=True), words(comparison.headline, most=600)),
        line(words(f"{comparison.name} ", most=80), words(f"{run}: {ftsdk.report.evaluated(comparison)}")),
    )


def _regressions(contrasts: list[Any]) -> Iterator[Block]:
    worse = [item for item in contrasts if item.verdict == "worse"]
    if worse:
        items = [
            [words(f"{item.first} against {item.second}, {item.metric}: {ftsdk.report.outcome(item)}", most=200)]
            for item in worse[:5]
        ]
        yield rich(line(words("Worse on", bold=True)), bullets(items))


def _contrast_table(contrasts: list[Any]) -> Iterator[Block]:
    if not contrasts:
        return
    head = ("Metric", "First", "Second", "Points", "Interval", "Verdict")
    rows = [
        [
            cell(item.metric, 40),
            cell(item.first, 40),
            cell(item.second, 40),
            figure(_points(item.difference.value), ftsdk.report.gain(item.difference)),
            cell(ftsdk.report.points_range(item.difference)),
            cell(item.verdict),
        ]
        for item in contrasts[:CONTRASTS_SHOWN]
    ]
    yield table("Differences in points on the same rows, with their intervals", head, rows)


def _points(value: float) -> float:
    return round(100 * value, 4) if isfinite(value) else value


def _arm_table(comparison: ftsdk.Comparison) -> Iterator[Block]:
    head = ("Arm", comparison.primary_metric, "Interval", "Tokens in", "Tokens out", "Latency")
    rows = [_arm(summary, comparison.primary_metric) for summary in comparison.arms[:ARMS_SHOWN]]
    if rows:
        yield table("Every arm on the primary metric, and what its answers took", head, rows)


def _arm(summary: Any, metric: str) -> list[Element]:
    mean = summary.metrics.get(metric)
    return [
        cell(summary.arm.name, 40),
        figure(_points(mean.value), ftsdk.report.mean(mean)) if mean else cell("not measured"),
        cell(ftsdk.report.share_range(mean) if mean else "–"),
        figure(summary.prompt_tokens, ftsdk.report.count(summary.prompt_tokens)),
        figure(summary.completion_tokens, ftsdk.report.count(summary.completion_tokens)),
        figure(summary.latency, ftsdk.report.duration(summary.latency)),
    ]


def _chart(comparison: ftsdk.Comparison) -> Block | None:
    means = [
        (summary.arm.name, summary.metrics[comparison.primary_metric].value)
        for summary in comparison.arms[:ARMS_SHOWN]
        if comparison.primary_metric in summary.metrics
    ]
    finite = [(name, _points(value)) for name, value in means if isfinite(value)]
    if len(finite) < 2:
        return None
    best = max(finite, key=lambda item: item[1])
    title = f"Highest: {best[0]} at {best[1]:.1f} %"
    series = [("points", [value for _name, value in finite])]
    return chart("bar", title, [name for name, _value in finite], series, "arm", "per cent")


def _notes(comparison: ftsdk.Comparison) -> Iterator[Block]:
    shut = [
        f"gate {gate.text}: {gate.outcome} ({gate.detail})" for gate in comparison.gates if gate.outcome != "passed"
    ]
    if shut:
        yield rich(line(words("Gates", bold=True)), bullets([words(text, most=300)] for text in shut[:5]))
    notes = ftsdk.report.notes(comparison)[:NOTES_SHOWN]
    if notes:
        yield context(*notes)


def no_comparison(run: str, phase: str) -> dict[str, Any]:
    """What is said when a run has none."""
    text = f"Run {run} has no comparison yet; it is in phase {phase}."
    return message(text, [paragraph(words(text))])
