"""Findings as Markdown, for comments on pull requests and the summary of a job."""

from __future__ import annotations

from collections.abc import Sequence

from ftsdk.diagnostics import Diagnostic
from ftsdk.report.prose import inert

# GitHub refuses comments of more than 65,536 characters.
MAX_CHARACTERS = 60_000


def markdown(findings: Sequence[Diagnostic], headline: str) -> str:
    """A headline and a table of the findings, cut with a note where a comment could not hold it."""
    blocks = [f"### {inert(headline)}", ""]
    if not findings:
        return "\n".join(blocks)
    blocks += ["| where | what | next |", "|---|---|---|"]
    left = MAX_CHARACTERS - sum(len(block) + 1 for block in blocks)
    for number, finding in enumerate(findings):
        row = _row(finding)
        left -= len(row) + 1
        if left < 0:
            blocks += ["", f"and {len(findings) - number:,} more: `ft validate` shows all"]
            break
        blocks.append(row)
    return "\n".join(blocks) + "\n"


def _row(finding: Diagnostic) -> str:
    where = inert(str(finding.place)) if finding.place else ""
    what = f"**{finding.severity}** {inert(finding.message)} `{finding.code}`"
    return f"| {where} | {what} | {inert(finding.help or '')} |"
