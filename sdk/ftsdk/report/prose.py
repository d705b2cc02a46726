"""Plans and comparisons as Markdown, short enough for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ftsdk.evals.value import ArmSummary, Comparison, Contrast, Segment
from ftsdk.plan.value import Plan, PlanSet
from ftsdk.report.untrusted import line
from ftsdk.report.wording import (
    count,
    duration,
    evaluated,
    gain,
    mean,
    money_range,
    notes,
    outcome,
    p_value,
    points_range,
    seconds_range,
    share_range,
    usd_per_1000,
    visible_gain,
)

# What Markdown or GitHub would act on: emphasis, links, tables, HTML, mentions and issue numbers.
ACTIVE = re.compile(r"([\\`*_{}\[\]#|<>!@~&])")
LINKED = re.compile(r"(https?|www)(?=[:.])", re.IGNORECASE)
SEGMENTS_SHOWN = 10
JOINER = "\u2060"  # invisible, and enough that a mention or an address is no longer one


def markdown(value: Comparison | Plan | PlanSet) -> str:
    """Markdown of a comparison, a plan, or several as a pull request's comment; names and notes in it are inert."""
    if isinstance(value, PlanSet):
        from ftsdk.report.pull_request import pull_request

        return pull_request(value)
    return _comparison(value) if isinstance(value, Comparison) else _plan(value)


def inert(words: str) -> str:
    """``words`` on one line, with everything that Markdown would act on escaped; no mention, no link."""
    escaped = ACTIVE.sub(r"\\\1", line(words, 400)).replace("\\@", f"@{JOINER}")
    return LINKED.sub(rf"\1{JOINER}", escaped)


def _comparison(comparison: Comparison) -> str:
    metrics = list(dict.fromkeys(metric for summary in comparison.arms for metric in summary.metrics))
    blocks = [
        f"**{inert(comparison.headline)}**",
        f"{inert(comparison.name)}: {evaluated(comparison)}. Verdict: **{comparison.verdict}**.",
        _bullets(
            f"{inert(item.first)} against {inert(item.second)}, {inert(item.metric)}: {outcome(item)}"
            for item in comparison.contrasts
        ),
        _table(["arm", *map(inert, metrics)], (_arm(summary, metrics) for summary in comparison.arms)),
        _table(["difference, in points", "metric", "value", "p", "verdict"], map(_contrast, comparison.contrasts)),
        _table(
            ["arm", "1,000 calls", "time an answer", "95 % within", "no answer", "cut off"],
            (_took(summary) for summary in comparison.arms if summary.is_measured),
        ),
        _table(
            ["part of the rows", "rows", "difference", "verdict"],
            map(_segment, comparison.segments[:SEGMENTS_SHOWN]),
        ),
        _table(["gate", "outcome", "why"], ([inert(g.text), g.outcome, inert(g.detail)] for g in comparison.gates)),
        _bullets(map(inert, notes(comparison))),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _plan(plan: Plan) -> str:
    ledger = plan.ledger
    blocks = [
        f"**Plan {inert(plan.name)}: {plan.change}**, because {inert(plan.why)}",
        "\n".join(f"{index}. {inert(step.phase)}: {inert(step.text)}" for index, step in enumerate(plan.steps, 1)),
        _bullets(
            item
            for item in (
                f"time: {seconds_range(plan.seconds)}",
                f"cost: {money_range(plan.usd, plan.max_usd)}",
                f"tokens, once through: {count(ledger.input)} in {count(ledger.rows)} rows, "
                f"{count(ledger.trained)} trained, "
                f"{count(ledger.truncated)} truncated, {count(ledger.dropped)} dropped",
                visible_gain(plan),
            )
            if item
        ),
        _table(
            ["arm", "rows", "prompt tokens"],
            ([inert(arm.name), count(arm.rows), count(arm.prompt_tokens)] for arm in plan.arms),
        ),
        _bullets(inert(str(finding).replace("\n", " ")) for finding in plan.findings),
        f"digest `{plan.digest[:12]}`",
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _arm(summary: ArmSummary, metrics: Sequence[str]) -> list[str]:
    found = (summary.metrics.get(metric) for metric in metrics)
    cells = (f"{mean(item)} ({share_range(item)})" if item else "not measured" for item in found)
    return [inert(summary.arm.name), *cells]


def _took(summary: ArmSummary) -> list[str]:
    times = duration(summary.latency), duration(summary.latency_p95)
    lost = count(summary.failures), count(summary.truncated)
    return [inert(summary.arm.name), usd_per_1000(summary.usd_per_1000), *times, *lost]


def _segment(item: Segment) -> list[str]:
    part = f"{inert(item.field)}: {inert(item.value)}"
    return [part, count(item.rows), f"{gain(item.difference)} ({points_range(item.difference)})", item.verdict]


def _contrast(item: Contrast) -> list[str]:
    return [
        f"{inert(item.first)} against {inert(item.second)}",
        inert(item.metric),
        f"{gain(item.difference)} ({points_range(item.difference)})",
        p_value(item.p_value),
        item.verdict,
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *lines]) if lines else ""


def _bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
