"""A plan for the terminal: what would happen, what it takes, what it could show."""

from __future__ import annotations

from rich.console import Group, RenderableType

from ftsdk.plan.value import Plan
from ftsdk.report.console.findings import draw_findings, draw_ledger
from ftsdk.report.console.layout import QUIET, heading, indented, pairs, said, table
from ftsdk.report.console.plans import draw_changes
from ftsdk.report.untrusted import line, shown
from ftsdk.report.wording import count, counted, method_words, money_range, seconds_range, visible_gain


def draw_plan(plan: Plan) -> RenderableType:
    """Steps first, then tokens, time and cost, arms and what they can show, findings, and the digest."""
    steps = [(f"{index}. {step.phase}", shown(step.text)) for index, step in enumerate(plan.steps, 1)]
    return Group(
        said(f"Plan {plan.name}: {plan.change}", "bold"),
        indented(said(shown(plan.why))),
        heading("What will happen"),
        pairs(steps) if steps else indented("nothing: it is already as the spec says"),
        heading("Training data, in tokens, once through"),
        draw_ledger(plan.ledger),
        heading("What it takes"),
        pairs(taken(plan)),
        *draw_changes(plan),
        *draw_arms(plan),
        *([heading("Findings"), draw_findings(plan.findings)] if plan.findings else []),
        said(f"\n{line(plan.spec_path)}  digest {plan.digest[:12]}  fingerprint {plan.fingerprint[:12]}", QUIET),
    )


def taken(plan: Plan) -> list[tuple[str, str]]:
    """Time, cost and how the training is set."""
    lines = [
        ("time", seconds_range(plan.seconds)),
        ("cost", money_range(plan.usd, plan.max_usd)),
        ("training", f"{line(plan.order.model)}, {method_words(plan.order)}"),
    ]
    return [*lines, ("reuses run", line(plan.reuses_run))] if plan.reuses_run else lines


def draw_arms(plan: Plan) -> list[RenderableType]:
    """The arms to evaluate, and how small a gain so many rows can show."""
    if not plan.arms:
        return []
    rows = [(line(arm.name), count(arm.rows), count(arm.prompt_tokens)) for arm in plan.arms]
    parts: list[RenderableType] = [heading("Evaluation"), table(("arm", "rows", "prompt tokens"), rows)]
    parts += [indented(text) for text in (visible_gain(plan), held_out(plan)) if text]
    return parts


def held_out(plan: Plan) -> str | None:
    """What the leak check says of the test rows."""
    if plan.leak is None:
        return None
    if plan.leak.leaked:
        return f"not held out: {counted(plan.leak.leaked, 'test row')} also in the training rows"
    groups = len(plan.leak.shared_groups)
    return "held out: no test prompt is in the training rows" + (
        f"; {counted(groups, 'shared group')}" if groups else ""
    )
