"""The import itself: records in, canonical rows out, one at a time, and a report of what was left out and why."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ftsdk.data.codes import CODES
from ftsdk.data.importing.columns import mapped, method_of, require_mappable, suggested
from ftsdk.data.importing.containers import Container, container_of, records
from ftsdk.data.importing.content import Chat
from ftsdk.data.importing.record import Broken, LeftOut, Record
from ftsdk.data.importing.shapes import not_taken, shape_of
from ftsdk.data.importing.value import ImportReport
from ftsdk.data.rows import mapping_faults
from ftsdk.data.source import Source, open_source
from ftsdk.data.value import Method
from ftsdk.data.written import written_whole
from ftsdk.diagnostics import Diagnostic, Place, Severity
from ftsdk.errors import SpecError, UsageError
from ftsdk.spec.files import Unfit
from ftsdk.spec.places import error, warning

Progress = Callable[[int, int], None]

MAX_FINDINGS = 200
MAX_KINDS = 60
TICK = 256  # records between two reports of progress


def import_file(
    path: Path | str,
    out: Path | str,
    *,
    mapping: Mapping[str, str] | None = None,
    container: Container | None = None,
    name: str | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Write the rows that ``path`` holds to ``out`` as canonical chat JSONL and say what became of every record.

    ``mapping`` says which column (or key) is what: ``{"user": "question", "assistant": "answer"}``; inferred when
    absent. ``out`` is written whole or not at all. Raises SpecError when no row came of it, UsageError when the
    mapping or the container cannot be told, ExtraMissing for Parquet without its package.
    """
    target, made = Path(out), Importing(path, mapping=mapping, container=container, name=name, progress=progress)
    if target.resolve() == Path(path).resolve():
        raise UsageError(f"{target} is the file that is read", help="write to another one: the input is never touched")
    hashed = hashlib.sha256()
    with written_whole(target) as file:
        for row in made:
            line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            hashed.update(line)
            file.write(line)
        report = made.report()
        if not report.written:
            raise _nothing(report)
    return report.model_copy(update={"path": str(target), "sha256": hashed.hexdigest()})


class Importing:
    """The canonical rows of a source, as mappings, one at a time; ``report`` says how it went so far."""

    def __init__(
        self,
        path: Path | str,
        *,
        mapping: Mapping[str, str] | None = None,
        container: Container | None = None,
        name: str | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.path = Path(path)
        self.name = name or str(path)
        self.mapping = dict(mapping or {})
        self.mapping_given = bool(mapping)
        self.container = container
        self._progress = progress
        self._read = 0
        self._shapes: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._not_taken: Counter[str] = Counter()
        self._findings: list[Diagnostic] = []

    def __iter__(self) -> Iterator[Chat]:
        try:
            with open_source(self.path, self.name) as source:
                yield from self._rows(source)
        except Unfit as reason:
            self._stop(reason.code.replace("spec/", "data/"), str(reason), reason.help)
        except Broken as reason:
            self._stop("data/import", str(reason), reason.help)

    def report(self) -> ImportReport:
        """What became of the records that were read so far."""
        return ImportReport(
            source=self.name,
            container=self.container or "unknown",
            read=self._read,
            written=self._shapes.total(),
            shapes=dict(self._shapes.most_common()),
            mapping=self.mapping,
            mapping_given=self.mapping_given,
            left_out=dict(self._left_out.most_common()),
            not_taken=dict(self._not_taken.most_common()),
            findings=tuple(self._findings),
        )

    def _rows(self, source: Source) -> Iterator[Chat]:
        if not source.start():
            self._stop("data/empty-file", f"{self.name} is empty", "export the rows again")
            return
        self.container = self.container or container_of(source, self.name)
        for record in records(source, self.path, self.container):
            self._read += 1
            if self._progress and self._read % TICK == 0:
                self._progress(source.position(), source.size)
            if self._read == 1 and record.value is not None:
                self._learn_columns(record.value)
            try:
                shape, row = self._row(record)
            except LeftOut as reason:
                self._leave_out(record.line, str(reason), str(reason))
                continue
            if row is not None:
                self._shapes[shape] += 1
                yield row

    def _learn_columns(self, first: Mapping[str, Any]) -> None:
        """Check the given mapping against the first record, or infer one where its shape is not a published one."""
        if self.mapping:
            require_mappable(self.mapping, first.keys())
        elif shape_of(first) is None:
            self.mapping = suggested(first.keys())
            if not self.mapping:
                columns = ", ".join(str(key)[:40] for key in list(first)[:20])
                raise UsageError(
                    f"cannot tell which columns of {self.name} are the question and the answer: {columns}",
                    help="say it: --map user=COLUMN,assistant=COLUMN",
                )

    def _row(self, record: Record) -> tuple[str, Chat | None]:
        if record.value is None:
            raise LeftOut(record.fault)
        found = None if self.mapping else shape_of(record.value)
        if found:
            name, shape = found
            row, method = shape.convert(record.value), shape.method
            self._count(not_taken(record.value, shape))
        elif self.mapping:
            row, method, name = mapped(record.value, self.mapping), method_of(self.mapping), "mapped columns"
            taken = set(self.mapping.values())
            self._count(str(key) for key in record.value if key not in taken)
        else:
            raise LeftOut("its shape is not a published one")
        return name, self._sound(row, method, record.line)

    def _sound(self, row: Chat, method: Method, line: int) -> Chat | None:
        """The row when nothing in it is an error: what is written reads back."""
        for fault in mapping_faults(row, method):
            if CODES[fault.code].severity is Severity.error:
                self._leave_out(line, CODES[fault.code].meaning, fault.message)
                return None
        return row

    def _count(self, keys: Iterator[str]) -> None:
        self._not_taken.update(key[:60] for key in keys if len(self._not_taken) < MAX_KINDS or key in self._not_taken)

    def _leave_out(self, line: int, kind: str, message: str) -> None:
        known = kind in self._left_out or len(self._left_out) < MAX_KINDS
        self._left_out[kind if known else "other reasons"] += 1
        if len(self._findings) < MAX_FINDINGS:
            place = Place(file=self.name, line=line)
            help = "mend it in the source and import again, or do without it"
            self._findings.append(warning("data/left-out", f"left out: {message}", place, help))

    def _stop(self, code: str, message: str, help: str) -> None:
        self._findings.append(error(code, message, Place(file=self.name), help))


def _nothing(report: ImportReport) -> SpecError:
    """No row at all: the one thing that stopped it, or what was wrong with each record."""
    if not report.read and report.findings:
        first = report.findings[0]
        return SpecError(f"{first.message}; nothing was written", owner="data", help=first.help)
    message = f"no row came of {report.source}; nothing was written"
    step = "each finding says why; mend the source and import it again"
    if report.mapping and not report.mapping_given:
        guess = ",".join(f"{target}={column}" for target, column in report.mapping.items())
        step = f"the columns were taken as --map {guess}; give your own if that is wrong"
    return SpecError(message, findings=report.findings, owner="data", help=step)
