"""A dataset's findings across rows: repetition, contradiction, length, number; works on values and on files alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ftsdk.data.leaks import prompt_key
from ftsdk.data.ledger import ledger
from ftsdk.data.read import read_dataset
from ftsdk.data.rows import parse_row, row_faults
from ftsdk.data.value import DataReport, Dataset, Message, Row
from ftsdk.diagnostics import Diagnostic, Place
from ftsdk.spec.places import error, warning

CountTokens = Callable[[Sequence[Message]], int]

FEW_ROWS = 50
FEW_ROWS_SOURCE = "OpenAI's fine-tuning guide sees clear improvements from 50 to 100 examples"
MAX_EACH = 20


def check(
    rows: Path | str | Dataset | Iterable[Row | Mapping[str, Any]],
    *,
    count_tokens: CountTokens | None = None,
    max_tokens: int | None = None,
    name: str | None = None,
) -> DataReport:
    """Everything that is wrong or doubtful in ``rows``: a path, a dataset, rows, or mappings as in chat JSONL.

    ``count_tokens`` counts a chat as the model will see it; with it the report has a token ledger, and rows of more
    than ``max_tokens`` are errors. ``name`` is what findings call the data. Raises nothing for bad content.
    """
    shown, found, findings = _rows(rows, name)
    findings += _repeated(found, shown)
    findings += _few(found, shown)
    findings += _outer_whitespace(found, shown)
    if count_tokens is not None and max_tokens is not None:
        findings += _too_long(found, count_tokens, max_tokens, shown)
    totals = {
        "rows": len(found),
        "groups": len({row.group for row in found if row.group is not None}),
        "errors": sum(finding.severity == "error" for finding in findings),
        "warnings": sum(finding.severity == "warning" for finding in findings),
    }
    counted = ledger(found, count_tokens, max_tokens) if count_tokens is not None else None
    return DataReport(findings=tuple(findings), ledger=counted, totals=totals)


def _rows(
    rows: Path | str | Dataset | Iterable[Row | Mapping[str, Any]], name: str | None
) -> tuple[str, tuple[Row, ...], list[Diagnostic]]:
    if isinstance(rows, (str, Path)):
        dataset, findings = read_dataset(rows, name=name)
        return dataset.path, dataset.rows, list(findings)
    shown = name or (rows.path if isinstance(rows, Dataset) else "rows")
    good: list[Row] = []
    faults: list[Diagnostic] = []
    for number, item in enumerate(rows.rows if isinstance(rows, Dataset) else rows, 1):
        row, wrong = (item, row_faults(item)) if isinstance(item, Row) else parse_row(item, number)
        line = row.line if row is not None else number
        faults += [error(fault.code, fault.message, Place(file=shown, line=line), fault.help) for fault in wrong]
        if row is not None and not wrong:
            good.append(row)
    return shown, tuple(good), faults


def _repeated(rows: Sequence[Row], name: str) -> Iterator[Diagnostic]:
    """Exact duplicates, and the same prompt with another answer; each names both lines."""
    first: dict[str, Row] = {}
    counts = {"data/duplicate": 0, "data/conflict": 0}
    for row in rows:
        earlier = first.setdefault(prompt_key(row), row)
        if earlier is row:
            continue
        same = earlier.answer == row.answer
        code = "data/duplicate" if same else "data/conflict"
        counts[code] += 1
        if counts[code] <= MAX_EACH:
            yield _pair(code, row, earlier, name)
    for code, count in counts.items():
        if count > MAX_EACH:
            yield warning(code, f"and {count - MAX_EACH:,} more of this kind", Place(file=name))


def _pair(code: str, row: Row, earlier: Row, name: str) -> Diagnostic:
    if code == "data/duplicate":
        message, help = f"line {row.line} repeats line {earlier.line}", "remove one; a repeated row weighs twice"
    else:
        message = f"line {row.line} answers the prompt of line {earlier.line} differently"
        help = "decide which answer is right; the model learns a mixture"
    place, related = Place(file=name, line=row.line), (Place(file=name, line=earlier.line),)
    return warning(code, message, place, help, related)


def _few(rows: Sequence[Row], name: str) -> Iterator[Diagnostic]:
    if 0 < len(rows) < FEW_ROWS:
        help = f"{FEW_ROWS_SOURCE}; gather more, or expect little"
        yield warning("data/few-rows", f"only {len(rows)} rows", Place(file=name), help)


def _outer_whitespace(rows: Sequence[Row], name: str) -> Iterator[Diagnostic]:
    lines = [row.line for row in rows if row.answer != row.answer.strip()]
    if lines:
        shown = ", ".join(map(str, lines[:5])) + (", ..." if len(lines) > 5 else "")
        message = f"{len(lines)} answers begin or end with whitespace (lines {shown})"
        yield warning("data/outer-whitespace", message, Place(file=name, line=lines[0]), "the model will learn it")


def _too_long(rows: Sequence[Row], count: CountTokens, limit: int, name: str) -> Iterator[Diagnostic]:
    for row in rows:
        tokens = count(row.messages)
        if tokens > limit:
            message = f"line {row.line} has {tokens:,} tokens; the model takes {limit:,}"
            yield error("data/too-long", message, Place(file=name, line=row.line), "shorten or remove the row")
