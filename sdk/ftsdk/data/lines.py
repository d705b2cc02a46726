"""A file of any size as chunks of whole lines, in bounded memory; compressed files are unpacked as they are read."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from ftsdk.data.source import open_source
from ftsdk.spec.files import Unfit

CHUNK_BYTES = 1 << 18
MAX_LINE_BYTES = 16_000_000
BOM = b"\xef\xbb\xbf"

# First bytes of files that are no text, and what they are.
FOREIGN = {
    b"PAR1": "a Parquet file",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"(\xb5/\xfd": "a zstd file",
    b"SQLite format 3": "an SQLite database",
    b"ARROW1": "an Arrow file",
    b"%PDF": "a PDF",
}


class Chunk(NamedTuple):
    """Whole lines: ``data`` starts at byte ``offset`` of the (unpacked) file with line ``first_line``.

    ``last`` says that the file ends with it. Of a line that is too long only ``too_long`` is told.
    """

    data: bytes
    offset: int
    first_line: int
    last: bool = False
    too_long: bool = False


@contextmanager
def open_data(path: Path, shown: str) -> Iterator[BinaryIO]:
    """``path`` open for reading from any offset; gzip is unpacked to a temporary file first. Raises Unfit."""
    with open_source(path, shown) as source:
        start = source.start()
        for magic, name in FOREIGN.items():
            if start.startswith(magic):
                help = "`ft data import` reads Parquet, CSV and more; unpack archives first"
                raise Unfit("data/other-format", f"{shown} is {name}, not JSON lines", help)
        if not source.packed:
            yield source.stored
            return
        with tempfile.TemporaryFile() as unpacked:
            shutil.copyfileobj(source.content, unpacked, CHUNK_BYTES)
            unpacked.seek(0)
            yield cast(BinaryIO, unpacked)


def chunks(file: BinaryIO, size: int = CHUNK_BYTES) -> Iterator[Chunk]:
    """The whole file, in order; a byte order mark at its start is left out."""
    offset, line, carry = 0, 1, b""
    if file.read(len(BOM)) == BOM:
        offset = len(BOM)
    file.seek(offset)
    while data := file.read(size):
        end = data.rfind(b"\n") + 1
        if end == 0:
            carry += data
            if len(carry) > MAX_LINE_BYTES:
                yield Chunk(b"", offset, line, too_long=True)
                offset = _skip_line(file, size)
                line, carry = line + 1, b""
            continue
        whole = carry + data[:end]
        carry = data[end:]
        yield Chunk(whole, offset, line)
        offset += len(whole)
        line += whole.count(b"\n")
    if carry:
        yield Chunk(carry, offset, line, last=True)


def _skip_line(file: BinaryIO, size: int) -> int:
    """Read on to just past the next line feed and return where that is."""
    while data := file.read(size):
        end = data.find(b"\n") + 1
        if end:
            return file.seek(end - len(data), 1)
    return file.tell()
