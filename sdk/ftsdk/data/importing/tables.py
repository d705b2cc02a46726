"""CSV, TSV and Parquet to records, a batch at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ftsdk.data.importing.record import Broken, Record
from ftsdk.errors import ExtraMissing

if TYPE_CHECKING:
    from _csv import Reader

MAX_CELL = 16_000_000
DELIMITERS = ",;\t|"


def separated(file: BinaryIO, delimiter: str | None = None) -> Iterator[Record]:
    """Rows of a CSV with a header; the delimiter is the one that divides the header most when None."""
    csv.field_size_limit(MAX_CELL)
    text = io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="")
    try:
        header, used = _header(text.readline(MAX_CELL), delimiter)
        yield from _rows(csv.reader(text, delimiter=used, strict=True), header)
    finally:
        text.detach()  # whoever opened the file closes it


def parquet(path: Path) -> Iterator[Record]:
    """Rows of a Parquet file; needs the extra ``parquet``."""
    try:
        from arro3.io import read_parquet
    except ImportError:
        raise ExtraMissing("arro3-io", "parquet") from None
    _require_footer(path)
    number = 0
    try:
        for batch in read_parquet(path):
            names = batch.column_names
            columns = [batch.column(name).to_pylist() for name in names]
            for cells in zip(*columns, strict=True):
                number += 1
                value = {name: _present(cell) for name, cell in zip(names, cells, strict=True) if cell is not None}
                yield Record(number, value)
    except GeneratorExit:
        raise
    except BaseException as bad:  # arro3 raises classes of its own, and on some damage a Rust panic
        if not isinstance(bad, Exception) and type(bad).__name__ != "PanicException":
            raise
        message = f"row {number + 1}: this Parquet file cannot be read: {str(bad).splitlines()[0][:200]}"
        raise Broken(message, "write it again, or convert it to CSV") from None


def _require_footer(path: Path) -> None:
    """Raise Broken unless the file ends as Parquet files do: a cut one is the usual damage."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - 8))
        end = file.read()
    length = int.from_bytes(end[:4], "little")
    if end[4:] != b"PAR1" or not 0 < length <= size - 12:
        raise Broken("this Parquet file cannot be read: its end is missing", "fetch or write it again")


def _rows(rows: Reader, header: Sequence[str]) -> Iterator[Record]:
    while True:
        line = rows.line_num + 2
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as bad:
            yield Record(line, None, _said(str(bad)))
            continue
        if any(cells):
            yield _row(line, header, cells)


def _header(line: str, delimiter: str | None) -> tuple[list[str], str]:
    if not line.strip():
        raise Broken("line 1: the header is missing", "write the names of the columns into the first line")
    used = delimiter or max(DELIMITERS, key=line.count)
    try:
        names = [name.strip() for name in next(csv.reader([line], delimiter=used, strict=True))]
    except csv.Error as bad:
        raise Broken(f"line 1: the header cannot be read: {_said(str(bad))}", "quote each name on one line") from None
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Broken(f"line 1: the column '{twice[0][:40]}' is there twice", "give each column its own name")
    return names, used


def _row(line: int, header: Sequence[str], cells: Sequence[str]) -> Record:
    if len(cells) != len(header):
        return Record(line, None, f"it has {len(cells)} cells and the header {len(header)}")
    if any("\udc80" <= character <= "\udcff" for cell in cells if not cell.isascii() for character in cell):
        return Record(line, None, "it holds bytes that are not UTF-8")
    return Record(line, dict(zip(header, cells, strict=True)))


def _said(what: str) -> str:
    if "field larger" in what:
        return f"a cell is longer than {MAX_CELL // 1_000_000} MB; perhaps a quote is not closed"
    if "unexpected end" in what:
        return "the file ends inside a quoted cell"
    return "a quoted cell goes on after its closing quote"


def _present(value: Any) -> Any:
    """Nested values without the keys that Parquet fills with nothing."""
    if isinstance(value, dict):
        return {key: _present(item) for key, item in value.items() if item is not None}
    return [_present(item) for item in value] if isinstance(value, list) else value
