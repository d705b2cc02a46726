"""A chat JSONL file to a dataset: one pass, line by line, with every finding at its line and column."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Literal, overload

from ftsdk.data.codes import CODES
from ftsdk.data.decode import decode
from ftsdk.data.forms import method_of_row
from ftsdk.data.lines import BOM, MAX_LINE_BYTES, open_data
from ftsdk.data.rows import parse_row
from ftsdk.data.value import AnyRow, Dataset, Method
from ftsdk.diagnostics import Diagnostic, Place, has_errors
from ftsdk.errors import SpecError
from ftsdk.spec.files import Unfit
from ftsdk.spec.places import error

MAX_FINDINGS = 200


@overload
def load(path: Path | str, *, name: str | None = None, method: Literal["sft"] = "sft") -> Dataset: ...
@overload
def load(path: Path | str, *, name: str | None = None, method: Method | None) -> Dataset[AnyRow]: ...
def load(path: Path | str, *, name: str | None = None, method: Method | None = "sft") -> Dataset[AnyRow]:
    """The rows of a canonical JSONL file; raises SpecError with every finding.

    ``name`` is what findings call the file (its path when absent). Rows are those of ``method``; None takes what the
    first row looks like. Blank lines are skipped but counted.
    """
    shown = name or str(path)
    dataset, findings = read_dataset(path, name=shown, method=method)
    if has_errors(findings):
        problems = "1 error" if len(findings) == 1 else f"{len(findings)} errors"
        raise SpecError(f"{shown} has {problems}; nothing was started", findings=findings, owner="data")
    return dataset


def read_dataset(
    path: Path | str, *, name: str | None = None, method: Method | None = "sft"
) -> tuple[Dataset[AnyRow], tuple[Diagnostic, ...]]:
    """The rows that hold, and what is wrong with the rest."""
    reader = _Reader(name or str(path), method)
    try:
        with open_data(Path(path), reader.name) as file:
            for line in _lines(file):
                reader.take(line)
    except Unfit as reason:
        reader.refuse(reason.code.replace("spec/", "data/"), reason.message, None, reason.help)
    except OSError as reason:
        reader.refuse("data/unreadable", f"{reader.name} cannot be read: {reason.strerror}", None, "check the disk")
    else:
        reader.finish()
    rows = tuple(reader.rows)
    made = Dataset if reader.method == "sft" else Dataset[AnyRow]
    return made(path=reader.name, sha256=reader.hash.hexdigest(), rows=rows), reader.all_findings()


class _Reader:
    """Takes lines one by one; keeps rows, findings and the hash of the bytes."""

    def __init__(self, name: str, method: Method | None) -> None:
        self.name = name
        self.method = method
        self.rows: list[AnyRow] = []
        self.findings: list[Diagnostic] = []
        self.beyond = 0
        self.hash = hashlib.sha256()
        self.line = 0
        self.empty = True
        self._ids: dict[str, int] = {}

    def take(self, data: bytes) -> None:
        """One line with its line feed."""
        self.line += 1
        self.hash.update(data)
        if len(data) > MAX_LINE_BYTES:
            message = f"the line is longer than {MAX_LINE_BYTES // 1_000_000} MB"
            self.refuse("data/long-line", message, 1, "write one row a line, each ended by a line feed")
            return
        if not data.strip():
            return
        self.empty = False
        decoded = decode(data.removeprefix(BOM) if self.line == 1 else data, last=not data.endswith(b"\n"))
        if decoded.fault is not None:
            self.refuse(decoded.fault.code, decoded.fault.message, decoded.fault.column, decoded.fault.help)
            return
        for key in decoded.repeated:
            message = f"the key '{key[:40]}' is given twice; only the last would be kept"
            self.refuse("data/duplicate-key", message, 1, "write each key once")
        self._row(decoded.value)

    def finish(self) -> None:
        """After the last line."""
        if self.empty:
            self.refuse("data/empty-file", f"{self.name} has no rows", None, "write one JSON object a line")

    def refuse(self, code: str, message: str, column: int | None, help: str, related: tuple[Place, ...] = ()) -> None:
        """Record an error on this line, or on the file when ``column`` is None."""
        if len(self.findings) >= MAX_FINDINGS:
            self.beyond += 1
            return
        place = Place(file=self.name, line=self.line if column else None, column=column)
        severity = CODES[code].severity
        self.findings.append(
            Diagnostic(code=code, severity=severity, message=message, place=place, help=help, related=related)
        )

    def all_findings(self) -> tuple[Diagnostic, ...]:
        """What was found; past the first 200 only how many more there are."""
        if not self.beyond:
            return tuple(self.findings)
        message, help = f"and {self.beyond:,} findings more", "repair these first, then check again"
        return (*self.findings, error("data/many-findings", message, Place(file=self.name), help))

    def _row(self, value: Any) -> None:
        if self.method is None:
            self.method = method_of_row(value)
        row, faults = parse_row(value, self.line, self.method or "sft")
        for fault in faults:
            self.refuse(fault.code, fault.message, 1, fault.help)
        if row is None:
            return
        first = self._ids.setdefault(row.id, self.line)
        if first != self.line:
            related = (Place(file=self.name, line=first),)
            help = f"line {first} has it too; give each row its own"
            self.refuse("data/repeated-id", f"the id '{row.id[:60]}' is given twice", 1, help, related)
        self.rows.append(row)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines of bounded size: of a longer one its start, and then what follows it on further reads is skipped."""
    while data := file.readline(MAX_LINE_BYTES + 1):
        yield data
        if len(data) > MAX_LINE_BYTES:
            while data and not data.endswith(b"\n"):
                data = file.readline(MAX_LINE_BYTES)
