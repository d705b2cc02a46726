"""Rows to read as a person: a seeded sample, each beside its findings."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ftsdk.data.checks import check, method_of
from ftsdk.data.importing.lines import json_lines
from ftsdk.data.rows import make_row, mapping_faults
from ftsdk.data.source import open_source
from ftsdk.data.value import AnyRow, GradedRow, Message, Method, PreferenceRow
from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import SpecError, UsageError
from ftsdk.spec.files import Unfit
from ftsdk.values import Value

Progress = Callable[[int, int], None]
UNREADABLE = "what the line says"


class Said(Value):
    """One text of a row: who says it (a role, ``preferred``, ``rejected``, ``reference``) and what."""

    who: str
    text: str


class SampledRow(Value):
    """One row to read; ``said`` holds the line as it stands when no row can be made of it."""

    line: int
    id: str
    said: tuple[Said, ...]
    findings: tuple[Diagnostic, ...]


class RowSample(Value):
    """``rows`` of ``total``, drawn by ``seed`` from a file; the same rows whatever their order in it."""

    source: str
    seed: int
    total: int
    rows: tuple[SampledRow, ...]


class _Drawn(NamedTuple):
    key: int
    line: int
    value: Mapping[str, Any] | None
    fault: str


def sample_file(
    path: Path | str,
    number: int = 20,
    *,
    seed: int = 42,
    model: str | None = None,
    method: Method | None = None,
    name: str | None = None,
    progress: Progress | None = None,
) -> RowSample:
    """``number`` rows of ``path`` with everything that ``check`` finds in them, in the order of the file.

    Rows that are no rows are drawn like the others. Raises UsageError for a number below 1, SpecError when there is
    no row to draw.
    """
    if number < 1:
        raise UsageError(f"cannot draw {number} rows", help="ask for one at least")
    shown = name or str(path)
    report = check(path, model=model, method=method, name=shown, progress=progress)
    try:
        total, drawn, start = _draw(Path(path), shown, number, seed)
    except Unfit:
        raise SpecError(f"{shown} cannot be read", findings=report.findings, owner="data") from None
    if not drawn:
        raise SpecError(f"{shown} has no row to read", findings=report.findings, owner="data")
    kind = method or method_of(start)
    rows = tuple(_sampled(item, kind, report.findings) for item in drawn)
    return RowSample(source=shown, seed=seed, total=total, rows=rows)


def _draw(path: Path, shown: str, number: int, seed: int) -> tuple[int, list[_Drawn], bytes]:
    """The rows with the smallest keyed hashes, by line; how many there are; the first bytes."""
    kept: list[tuple[int, int, _Drawn]] = []
    total = 0
    with open_source(path, shown) as source:
        start = source.start()
        for record in json_lines(source.content):
            total += 1
            content = json.dumps(record.value, sort_keys=True) if record.value is not None else f"line {record.line}"
            key = int.from_bytes(hashlib.sha256(f"{seed}:{content}".encode()).digest()[:8], "big")
            item = _Drawn(key, record.line, record.value, record.fault or "")
            if len(kept) < number:
                heapq.heappush(kept, (-key, -record.line, item))
            elif -key > kept[0][0]:
                heapq.heapreplace(kept, (-key, -record.line, item))
    return total, sorted((item for *_, item in kept), key=lambda item: item.line), start


def _sampled(drawn: _Drawn, method: Method, findings: tuple[Diagnostic, ...]) -> SampledRow:
    own = tuple(
        finding
        for finding in findings
        if (finding.place and finding.place.line == drawn.line)
        or any(place.line == drawn.line for place in finding.related)
    )
    if drawn.value is None:
        return SampledRow(line=drawn.line, id=f"line-{drawn.line}", said=(_raw(drawn.fault),), findings=own)
    if mapping_faults(drawn.value, method):
        try:
            row = make_row(drawn.value, drawn.line, method)
        except (KeyError, TypeError, AttributeError, ValueError):  # a row with faults may lack any part
            text = json.dumps(drawn.value, ensure_ascii=False, indent=1)
            return SampledRow(line=drawn.line, id=f"line-{drawn.line}", said=(_raw(text),), findings=own)
    else:
        row = make_row(drawn.value, drawn.line, method)
    return SampledRow(line=drawn.line, id=row.id, said=_said(row), findings=own)


def _raw(text: str) -> Said:
    return Said(who=UNREADABLE, text=text)


def _said(row: AnyRow) -> tuple[Said, ...]:
    parts: list[tuple[str, Message]] = [(message.role, message) for message in row.messages]
    if isinstance(row, PreferenceRow):
        parts += [("preferred", message) for message in row.preferred]
        parts += [("rejected", message) for message in row.rejected]
    said = [Said(who=who, text=_text(message)) for who, message in parts]
    if isinstance(row, GradedRow):
        said.append(Said(who="reference", text=json.dumps(row.reference, ensure_ascii=False, indent=1)))
    return tuple(said)


def _text(message: Message) -> str:
    calls = [f"calls {call.name}({call.arguments})" for call in message.tool_calls]
    return "\n".join([message.content, *calls] if message.content else calls)
