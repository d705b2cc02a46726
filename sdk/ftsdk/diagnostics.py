"""A finding with its place: what is wrong, where, and what to do next; specs and datasets report through it."""

from __future__ import annotations

from enum import StrEnum

from ftsdk.values import Value


class Severity(StrEnum):
    """How much a finding matters: an error stops the command, a warning is shown, a note explains."""

    error = "error"
    warning = "warning"
    note = "note"


class Place(Value):
    """A position in a file; lines and columns count from 1, in characters.

    ``end_column`` is just past the last character, on ``line`` or, where there is one, on ``end_line``.
    """

    file: str
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


class Diagnostic(Value):
    """One finding. ``code`` is ``room/rule`` (for example ``spec/unknown-key``); ``help`` is the next step."""

    code: str
    severity: Severity
    message: str
    place: Place | None = None
    help: str | None = None
    related: tuple[Place, ...] = ()

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        text = f"{where}{self.severity}: {self.message} [{self.code}]"
        return f"{text}\n    = help: {self.help}" if self.help else text


def has_errors(findings: tuple[Diagnostic, ...] | list[Diagnostic]) -> bool:
    """Whether any finding is an error."""
    return any(finding.severity is Severity.error for finding in findings)
