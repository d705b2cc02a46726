"""What a row becomes at a provider, and what its form cannot say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ftsdk.data.value import AnyRow, Method
from ftsdk.diagnostics import Diagnostic
from ftsdk.values import Value

JsonRow = dict[str, Any]


class Unsayable(Exception):
    """A row that a provider's form cannot express at all; its text is the reason."""


class Exported(NamedTuple):
    """One row in a provider's form; ``losses`` are what it said and the form cannot."""

    row: JsonRow
    losses: tuple[str, ...] = ()


class Target(NamedTuple):
    """A provider's form: a pure function for each method, its encoding, and what it cannot express."""

    shown: str
    exporters: Mapping[Method, Callable[[AnyRow], Exported]]
    cannot: tuple[str, ...]
    encoding: str = "utf-8"


class ExportReport(Value):
    """What became of a file's rows: ``rows`` = ``written`` + all ``left_out``; ``losses`` counts rows by loss."""

    source: str
    target: str
    method: Method
    rows: int
    written: int
    losses: dict[str, int]
    left_out: dict[str, int]
    cannot: tuple[str, ...]
    findings: tuple[Diagnostic, ...]
    path: str | None = None
    sha256: str | None = None
