"""Several plans for the terminal: one line a spec, its changes at their places, cost, policy and what is unknown."""

from __future__ import annotations

from rich.console import Group, RenderableType

from ftsdk.plan.value import FieldChange, Plan, PlanSet
from ftsdk.report.console.findings import draw_findings
from ftsdk.report.console.layout import QUIET, heading, indented, said
from ftsdk.report.untrusted import line
from ftsdk.report.wording import counted, money

SIGNS = {"train": "-/+", "continue": "-/+", "reuse": " = ", "none": " = "}


def draw_plans(found: PlanSet) -> RenderableType:
    """What would happen to each spec; those to which nothing would happen are only counted."""
    shown = [plan for plan in found.plans if plan.change != "none"]
    parts: list[RenderableType] = [
        said(f"ft plan  ({counted(len(found.plans), 'spec')}, {found.unchanged} unchanged)", "bold")
    ]
    for plan in shown:
        parts += [*draw_one(plan)]
    for each in found.unplanned:
        parts += [said(f"\n !  {line(each.spec_path)}: {line(each.message)}"), draw_findings(each.findings)]
    parts += [said(f"drift: {line(text)}") for text in found.drift]
    parts += [said(f"note: {line(text, 400)}") for text in found.notes]
    if found.state:
        parts.append(said(f"\nstate: {line(found.state, 400)}", QUIET))
    parts.append(said(f"worst case {money(found.worst_usd)}", "bold"))
    return Group(*parts)


def draw_one(plan: Plan) -> list[RenderableType]:
    """One spec: its class, its changes, its cost."""
    low, high = money(plan.usd.low), money(plan.usd.high)
    cost = low if low == high else f"{low} to {high}"
    parts: list[RenderableType] = [
        said(f"\n{SIGNS.get(plan.change, ' ~ ')} {line(plan.name)}  {line(plan.spec_path)}  {plan.change}", "bold"),
        indented(said(line(plan.why, 400))),
        *(indented(said(text)) for text in map(change_words, plan.changes)),
        indented(said(f"cost {cost}" + (f"; {line(plan.budget, 300)}" if plan.budget else ""))),
    ]
    if plan.findings:
        parts.append(draw_findings(plan.findings))
    return parts


def draw_changes(plan: Plan) -> list[RenderableType]:
    """Changes and the parts of the cost, for one plan drawn alone."""
    parts: list[RenderableType] = []
    if plan.changes:
        parts += [heading("What changes"), *(indented(said(change_words(change))) for change in plan.changes)]
    priced = [item for item in plan.costs if item.usd.high > 0]
    if priced:
        parts.append(heading("What it costs"))
    for item in priced:
        ends = f"{money(item.usd.low)} to {money(item.usd.high)}"
        told = f"{item.what}: {ends} = {line(item.formula, 300)}; {line(item.source, 120)}, {item.as_of or 'no date'}"
        parts.append(indented(said(told)))
    return parts


def change_words(change: FieldChange) -> str:
    """``~ spec.method.epochs  3 -> 4   specs/a.yaml:14``."""
    sign = "+" if change.old is None else "-" if change.new is None else "~"
    values = (
        f"{line(change.old or '', 80)} -> {line(change.new or '', 80)}"
        if sign == "~"
        else line(change.new or change.old or "", 80)
    )
    where = f"   {line(f'{change.place.file}:{change.place.line}')}" if change.place and change.place.line else ""
    note = f"  ({line(change.note)})" if change.note else ""
    return f"{sign} {line(change.path)}  {values}{note}{where}"
