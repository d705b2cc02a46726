"""From a value to what rich can print: each kind has its drawing, anything else becomes a two-column table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import StringIO
from shutil import get_terminal_size
from typing import Any

from rich.console import Console, Group, RenderableType

from ftsdk.advise.record import DecisionList, Recheck
from ftsdk.advise.value import Advice
from ftsdk.data.card import DataCard
from ftsdk.data.exporting.value import ExportReport
from ftsdk.data.fix import FixReport
from ftsdk.data.importing.value import ImportReport
from ftsdk.data.sample import RowSample
from ftsdk.data.splitting import SplitReport
from ftsdk.data.value import DataReport, LeakCertificate, Ledger
from ftsdk.diagnostics import Diagnostic
from ftsdk.evals.value import Comparison
from ftsdk.plan.value import Plan, PlanSet
from ftsdk.registry.value import Resolved
from ftsdk.report.console.advice import draw_advice, draw_decisions, draw_recheck
from ftsdk.report.console.approvals import draw_approval, draw_approvals
from ftsdk.report.console.comparison import draw_comparison
from ftsdk.report.console.data import (
    draw_card,
    draw_certificate,
    draw_export,
    draw_fix,
    draw_import,
    draw_sample,
    draw_split,
)
from ftsdk.report.console.findings import draw_data_report, draw_findings, draw_ledger
from ftsdk.report.console.generic import draw_fields
from ftsdk.report.console.plan import draw_plan
from ftsdk.report.console.plans import draw_plans
from ftsdk.report.console.runs import draw_event, draw_resolved, draw_run, draw_runs
from ftsdk.runs.approvals import Approval
from ftsdk.runs.value import Event, RunRow
from ftsdk.values import Value

ONE: dict[type[Value], Callable[[Any], RenderableType]] = {
    Advice: draw_advice,
    DecisionList: draw_decisions,
    Recheck: draw_recheck,
    Approval: draw_approval,
    Comparison: draw_comparison,
    DataCard: draw_card,
    DataReport: draw_data_report,
    Diagnostic: lambda finding: draw_findings((finding,)),
    Event: draw_event,
    ExportReport: draw_export,
    FixReport: draw_fix,
    ImportReport: draw_import,
    LeakCertificate: draw_certificate,
    Ledger: draw_ledger,
    RowSample: draw_sample,
    SplitReport: draw_split,
    Plan: draw_plan,
    PlanSet: draw_plans,
    Resolved: draw_resolved,
    RunRow: draw_run,
}
MANY: dict[type[Value], Callable[[Any], RenderableType]] = {
    Approval: draw_approvals,
    Diagnostic: draw_findings,
    RunRow: draw_runs,
}


def text(value: Value) -> str:
    """A value as plain text, as wide as the terminal (80 columns where there is none)."""
    written = StringIO()
    Console(file=written, width=get_terminal_size().columns, color_system=None).print(terminal(value))
    return written.getvalue().rstrip("\n")


def terminal(value: Value | Sequence[Value]) -> RenderableType:
    """A rich renderable of one value, or of several of one kind (findings, runs); fits 80 columns."""
    if isinstance(value, Value):
        return ONE.get(type(value), draw_fields)(value)
    kind = type(value[0]) if value else None
    if kind in MANY:
        return MANY[kind](value)
    return Group(*(terminal(item) for item in value)) if value else draw_findings(())
