"""What was done with files of rows, for the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType

from ftsdk.data.exporting.value import ExportReport
from ftsdk.data.importing.value import ImportReport
from ftsdk.report.console.findings import draw_findings
from ftsdk.report.console.layout import heading, indented, pairs, said
from ftsdk.report.untrusted import line
from ftsdk.report.wording import count, counted

SHOWN_FINDINGS = 10


def draw_import(report: ImportReport) -> RenderableType:
    """How many rows came of how many records, how they were read, and what was left out and why."""
    parts: list[RenderableType] = [
        said(f"{counted(report.written, 'row')} of {counted(report.read, 'record')} ({report.container}) imported")
    ]
    if report.mapping:
        how = "as you said" if report.mapping_given else "as the names suggest; --map says otherwise"
        parts += [heading(f"Columns, {how}"), pairs((target, line(name)) for target, name in report.mapping.items())]
    else:
        parts += [heading("Shapes"), _counts(report.shapes)]
    if report.not_taken:
        parts += [heading("Not taken"), _counts(report.not_taken)]
    if report.left_out:
        parts += [heading("Left out"), _counts(report.left_out)]
    if report.findings:
        parts += [heading("The first of them"), draw_findings(report.findings[:SHOWN_FINDINGS])]
    if report.path:
        parts += [said(""), said(f"rows: {report.path}"), indented(f"next: ft data check {line(report.path)}")]
    return Group(*parts)


def draw_export(report: ExportReport) -> RenderableType:
    """How many rows were written in which form, and what that form could not say of them."""
    parts: list[RenderableType] = [
        said(f"{counted(report.written, 'row')} of {count(report.rows)} written as {report.target} ({report.method})")
    ]
    if report.losses:
        parts += [heading("Lost"), _counts(report.losses)]
    if report.left_out:
        parts += [heading("Left out"), _counts(report.left_out), draw_findings(report.findings[:SHOWN_FINDINGS])]
    parts += [heading("What this form cannot say"), *(indented(line(item)) for item in report.cannot)]
    return Group(*parts, said(""), said(f"file: {report.path}"))


def _counts(numbers: Mapping[str, int]) -> RenderableType:
    return pairs((f"{count(number)}", line(name)) for name, number in numbers.items())
