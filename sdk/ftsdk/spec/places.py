"""Where something stands in a text: paths through a document, and the spans they point to."""

from __future__ import annotations

from typing import NamedTuple

from ftsdk.diagnostics import Diagnostic, Place, Severity

Path = tuple[str | int, ...]

MAX_FINDINGS = 200


class Span(NamedTuple):
    """From the first character to just past the last; lines and columns count from 1, in characters."""

    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def empty(self) -> bool:
        """Whether nothing is written there (``key:`` with no value)."""
        return (self.line, self.column) == (self.end_line, self.end_column)

    def place(self, file: str) -> Place:
        """The span as a place in ``file``."""
        end_line = self.end_line if self.end_line != self.line else None
        return Place(file=file, line=self.line, column=self.column, end_line=end_line, end_column=self.end_column)


def error(
    code: str, message: str, place: Place | None, help: str | None = None, related: tuple[Place, ...] = ()
) -> Diagnostic:
    """A finding that stops the command."""
    return _finding(Severity.error, code, message, place, help, related)


def warning(
    code: str, message: str, place: Place | None, help: str | None = None, related: tuple[Place, ...] = ()
) -> Diagnostic:
    """A finding that is shown and stops nothing."""
    return _finding(Severity.warning, code, message, place, help, related)


def _finding(
    severity: Severity, code: str, message: str, place: Place | None, help: str | None, related: tuple[Place, ...]
) -> Diagnostic:
    """A finding in one line, whatever names the file gave it to repeat."""
    return Diagnostic(
        code=code,
        severity=severity,
        message=" ".join(message.split()),
        place=place,
        help=" ".join(help.split()) if help else help,
        related=related,
    )


def dotted(path: Path) -> str:
    """A path as people write it: ``spec.gates[0].metric``; ``the document`` for the whole."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the document"


def in_order(findings: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Findings by their place in the file, each once; past the first 200 only how many more there are."""

    def position(finding: Diagnostic) -> tuple[int, int]:
        place = finding.place
        return (place.line or 0, place.column or 0) if place else (0, 0)

    ordered = sorted(dict.fromkeys(findings), key=position)
    beyond = len(ordered) - MAX_FINDINGS
    if beyond <= 0:
        return tuple(ordered)
    return (
        *ordered[:MAX_FINDINGS],
        error("spec/many-findings", f"and {beyond:,} findings more", None, "repair these first"),
    )
