"""Findings with their places, and what a dataset holds, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from ftsdk.data.value import DataReport, Ledger
from ftsdk.diagnostics import Diagnostic, Severity
from ftsdk.report.console.layout import BAD, GOOD, QUIET, UNSURE, heading, indented, pairs, said
from ftsdk.report.untrusted import line, shown
from ftsdk.report.wording import count, counted, percent

LONG_HELP = 60
STYLES = {Severity.error: BAD, Severity.warning: UNSURE, Severity.note: QUIET}


def draw_findings(findings: Sequence[Diagnostic], numbers: str | None = None) -> RenderableType:
    """Every finding with its place and next step, errors first, and how many there are (``numbers``, if not these)."""
    if not findings:
        return said("nothing found that is wrong", GOOD)
    ranks = list(Severity)
    ordered = sorted(findings, key=lambda finding: ranks.index(finding.severity))
    return Group(*_each(ordered), said(numbers or tally(findings), "bold"))


def _each(findings: Sequence[Diagnostic]) -> Iterator[RenderableType]:
    """Findings one after the other; a long help that several share is given with the first."""
    given: set[str] = set()
    for finding in findings:
        help = finding.help or ""
        yield draw_finding(finding.model_copy(update={"help": "as above"}) if help in given else finding)
        given |= {help} if len(help) > LONG_HELP else set()


def draw_finding(finding: Diagnostic) -> RenderableType:
    """One finding: place, severity, message and code, then its help and related places."""
    first = Text()
    if finding.place:
        first.append(f"{line(str(finding.place))}: ")
    first.append(f"{finding.severity}: ", style=STYLES[finding.severity])
    first.append(f"{shown(finding.message)} ")
    first.append(f"[{line(finding.code)}]", style=QUIET)
    below = [f"see {line(str(place))}" for place in finding.related]
    if finding.help:
        below.append(f"help: {shown(finding.help)}")
    return Group(first, *(indented(text) for text in below))


def tally(findings: Sequence[Diagnostic]) -> str:
    """How many findings of each severity: ``1 error, 2 warnings``."""
    return _numbers({level: sum(finding.severity is level for finding in findings) for level in Severity})


def _numbers(numbers: Mapping[Severity, int]) -> str:
    return ", ".join(counted(number, level.value) for level, number in numbers.items() if number)


def draw_ledger(ledger: Ledger) -> RenderableType:
    """Where every token goes, once through the rows."""
    total = ledger.input or 1
    parts = ("trained", "masked", "truncated", "dropped", "padding")
    lines = [
        (name, f"{count(getattr(ledger, name)):>12}  {percent(getattr(ledger, name) / total):>7}") for name in parts
    ]
    tail = f"{count(ledger.input):>12}  in {counted(ledger.rows, 'row')}, the longest has {count(ledger.longest)}"
    return pairs([*lines, ("input", tail)])


def draw_data_report(report: DataReport) -> RenderableType:
    """What a check of data found: totals, tokens, findings."""
    parts: list[RenderableType] = []
    if report.totals:
        parts += [heading("Data"), pairs((name, count(number)) for name, number in report.totals.items())]
    if report.ledger and report.ledger.rows:
        parts += [heading("Tokens, once through"), draw_ledger(report.ledger)]
    # Of many findings of one code the first few are drawn.
    numbers = _numbers({level: report.totals.get(f"{level.value}s", 0) for level in Severity})
    return Group(*parts, heading("Findings"), draw_findings(report.findings, numbers))
