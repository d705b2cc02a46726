"""Findings as annotations of GitHub Actions: workflow commands on standard output.

Source of form and limits: GitHub's "Workflow commands" page and actions/toolkit ``core/src/command.ts``; a step shows
ten annotations of each level and a job fifty in all, and drops the rest without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ftsdk.diagnostics import Diagnostic, Severity

EACH_LEVEL = 10
LEVELS = {Severity.error: "error", Severity.warning: "warning", Severity.note: "notice"}


def annotate(findings: Sequence[Diagnostic], first: Callable[[Diagnostic], bool] | None = None) -> Iterator[str]:
    """One line for each finding that GitHub would show; those for which ``first`` holds (changed lines) come before.

    Past ten of a level the tenth says how many more there are.
    """
    ordered = sorted(findings, key=lambda finding: not first(finding)) if first else findings
    for severity, level in LEVELS.items():
        of_level = [finding for finding in ordered if finding.severity is severity]
        beyond = len(of_level) - EACH_LEVEL
        yield from (annotation(finding, level) for finding in of_level[: EACH_LEVEL - (beyond > 0)])
        if beyond > 0:
            yield f"::{level} title=ft validate::and {beyond + 1:,} more; the job's summary and `ft validate` have all"


def annotation(finding: Diagnostic, level: str) -> str:
    """One finding as a workflow command; nothing in it can end the line or start another command."""
    place = finding.place
    properties = {"title": finding.code}
    if place is not None:
        parts = {"line": place.line, "endLine": place.end_line, "col": place.column, "endColumn": place.end_column}
        if place.end_line is not None:  # GitHub refuses columns of a range of several lines
            parts["col"] = parts["endColumn"] = None
        properties = {"file": place.file, **{key: str(value) for key, value in parts.items() if value}, **properties}
    text = finding.message if finding.help is None else f"{finding.message}\n{finding.help}"
    return f"::{level} {','.join(f'{key}={_property(value)}' for key, value in properties.items())}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
