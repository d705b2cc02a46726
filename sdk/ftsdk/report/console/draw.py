"""From a value to what rich can print: each kind has its drawing, anything else becomes a two-column table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Group, RenderableType

from ftsdk.data.value import DataReport, Ledger
from ftsdk.diagnostics import Diagnostic
from ftsdk.evals.value import Comparison
from ftsdk.plan.value import Plan
from ftsdk.registry.value import Resolved
from ftsdk.report.console.comparison import draw_comparison
from ftsdk.report.console.findings import draw_data_report, draw_findings, draw_ledger
from ftsdk.report.console.generic import draw_fields
from ftsdk.report.console.plan import draw_plan
from ftsdk.report.console.runs import draw_event, draw_resolved, draw_run, draw_runs
from ftsdk.runs.value import Event, RunRow
from ftsdk.values import Value

ONE: dict[type[Value], Callable[[Any], RenderableType]] = {
    Comparison: draw_comparison,
    DataReport: draw_data_report,
    Diagnostic: lambda finding: draw_findings((finding,)),
    Event: draw_event,
    Ledger: draw_ledger,
    Plan: draw_plan,
    Resolved: draw_resolved,
    RunRow: draw_run,
}
MANY: dict[type[Value], Callable[[Any], RenderableType]] = {Diagnostic: draw_findings, RunRow: draw_runs}


def terminal(value: Value | Sequence[Value]) -> RenderableType:
    """A rich renderable of one value, or of several of one kind (findings, runs); fits 80 columns."""
    if isinstance(value, Value):
        return ONE.get(type(value), draw_fields)(value)
    kind = type(value[0]) if value else None
    if kind in MANY:
        return MANY[kind](value)
    return Group(*(terminal(item) for item in value)) if value else draw_findings(())
