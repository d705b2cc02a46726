"""A file's rows one after another, for what reads a file whole but keeps no row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ftsdk.data.codes import CODES
from ftsdk.data.importing.lines import json_lines
from ftsdk.data.rows import parse_row
from ftsdk.data.source import open_source
from ftsdk.data.value import AnyRow, Method
from ftsdk.diagnostics import Diagnostic, Place, Severity
from ftsdk.errors import SpecError
from ftsdk.spec.files import Unfit
from ftsdk.spec.places import error

MAX_FINDINGS = 200
TICK = 256


def each_row(
    path: Path | str,
    method: Method = "sft",
    *,
    name: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[AnyRow]:
    """The rows of chat JSONL (gzipped or not); raises SpecError with the first 200 errors, after the last row."""
    shown = name or str(path)
    faults: list[Diagnostic] = []
    count = 0
    try:
        with open_source(Path(path), shown) as source:
            for count, record in enumerate(json_lines(source.content), 1):
                if progress and count % TICK == 0:
                    progress(source.position(), source.size)
                place = Place(file=shown, line=record.line)
                if record.value is None:
                    faults.append(
                        error("data/not-json", record.fault or "no row", place, "write one JSON object a line")
                    )
                    continue
                row, wrong = parse_row(record.value, record.line, method)
                errors = [fault for fault in wrong if CODES[fault.code].severity is Severity.error]
                faults += [error(fault.code, fault.message, place, fault.help) for fault in errors]
                if row is not None and not faults:
                    yield row
                if len(faults) >= MAX_FINDINGS:
                    break
    except Unfit as reason:
        code = reason.code.replace("spec/", "data/")
        faults.append(error(code, reason.message, Place(file=shown), reason.help))
    if not count and not faults:
        faults.append(error("data/empty-file", f"{shown} has no rows", Place(file=shown), "write one object a line"))
    if faults:
        message = f"{shown} has errors; nothing was written"
        raise SpecError(message, findings=tuple(faults), owner="data", help=f"ft data fix {shown} --write OUT")
