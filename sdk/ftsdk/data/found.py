"""Findings as they are collected: few bytes each, bounded in number, counted without bound."""

from __future__ import annotations

import ctypes
import sys
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ftsdk.data.codes import severity_of
from ftsdk.diagnostics import Diagnostic, Place, Severity
from ftsdk.values import Value

if TYPE_CHECKING:
    from ftsdk.spec.training_data import Checks

KEPT_OF_A_CODE = 10_000
KEPT = 25_000

Made = TypeVar("Made", bound=Value)
_DIAGNOSTIC = {"code", "severity", "message", "place", "help", "related"}
_PLACE = {"file", "line", "column"}


class Finding(NamedTuple):
    """One finding before it has a severity and a file; ``other`` is a line that it refers to."""

    code: str
    line: int | None
    message: str
    help: str
    column: int | None = None
    other: int | None = None


class Findings:
    """Collects findings of one file."""

    def __init__(self, name: str, checks: Checks | None = None) -> None:
        self.name = name
        self.counts: Counter[str] = Counter()
        self._checks = checks
        self._kept: list[Finding] = []

    def add(self, findings: Iterable[Finding]) -> None:
        """Count each, and keep it while there is room."""
        for finding in findings:
            if severity_of(finding.code, self._checks) is None:
                continue
            self.counts[finding.code] += 1
            if self.counts[finding.code] <= KEPT_OF_A_CODE and len(self._kept) < KEPT:
                self._kept.append(finding)

    def of(self, severity: Severity) -> int:
        """How many findings of this severity there are, kept or not."""
        return sum(count for code, count in self.counts.items() if severity_of(code, self._checks) is severity)

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What was kept, by line, those of the whole file last; then how many more there are of a code."""
        ordered = sorted(self._kept, key=lambda finding: (finding.line is None, finding.line or 0, finding.column or 0))
        told = Counter(finding.code for finding in self._kept)
        more = [self._more(code, count - told[code]) for code, count in self.counts.items() if count > told[code]]
        give_back()
        return (*(self._diagnostic(finding) for finding in ordered), *more)

    def _diagnostic(self, finding: Finding) -> Diagnostic:
        return _made(
            Diagnostic,
            _DIAGNOSTIC,
            {
                "code": sys.intern(finding.code),
                "severity": severity_of(finding.code, self._checks) or Severity.note,
                "message": finding.message,
                "place": self._place(finding.line, finding.column),
                "help": finding.help,
                "related": (self._place(finding.other),) if finding.other is not None else (),
            },
        )

    def _place(self, line: int | None, column: int | None = None) -> Place:
        whole = {"file": self.name, "line": line, "column": column, "end_line": None, "end_column": None}
        return _made(Place, _PLACE, whole)

    def _more(self, code: str, count: int) -> Diagnostic:
        severity = severity_of(code, self._checks) or Severity.note
        message, help = f"and {count:,} more of {code}", "repair those that are listed, then check again"
        return Diagnostic(
            code="data/many-findings", severity=severity, message=message, place=Place(file=self.name), help=help
        )


def _made(kind: type[Made], fields: set[str], whole: dict[str, Any]) -> Made:
    """What ``model_construct`` makes of every field of ``kind``, in a third of its time.

    Nothing is validated and the set of fields is shared: thousands of findings would take 2 kB each.
    """
    made = kind.__new__(kind)
    held = {"__dict__": whole, "__pydantic_fields_set__": fields}
    for name, value in (held | {"__pydantic_extra__": None, "__pydantic_private__": None}).items():
        object.__setattr__(made, name, value)
    return made


def give_back() -> None:
    """Hand freed memory to the system, where the C library would keep it for itself (glibc); else do nothing."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
