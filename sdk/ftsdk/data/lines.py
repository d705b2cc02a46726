"""A file of any size as chunks of whole lines, in bounded memory; compressed files are unpacked as they are read."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, cast

from ftsdk.spec.files import Unfit, open_regular

CHUNK_BYTES = 1 << 21
MAX_LINE_BYTES = 16_000_000
MAX_RATIO = 200  # JSON lines compress 5 to 50 times; what unpacks to far more was made to fill a disk
RATIO_COUNTS_FROM = 64 << 20
GZIP = b"\x1f\x8b"
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


def open_data(path: Path, shown: str) -> BinaryIO:
    """``path`` open for reading, unpacked to a temporary file when it is gzip; raises Unfit with a ``data/`` code."""
    file = open_regular(path, shown)
    try:
        start = file.read(16)
        file.seek(0)
        for magic, name in FOREIGN.items():
            if start.startswith(magic):
                help = "`ft data import` reads Parquet and CSV; unpack others first"
                raise Unfit("data/other-format", f"{shown} is {name}, not JSON lines", help)
        if not start.startswith(GZIP):
            return file
        with file:
            return _unpacked(file, shown)
    except BaseException:
        file.close()
        raise


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


def _unpacked(file: BinaryIO, shown: str) -> BinaryIO:
    """The unpacked contents; refused when damaged, cut off, or out of all proportion."""
    target = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115  closed by whoever asked for it
    taken = given = 0
    unpacker = zlib.decompressobj(wbits=31)
    try:
        while data := file.read(1 << 16):
            taken += len(data)
            while data:
                part = unpacker.decompress(data, CHUNK_BYTES)
                given += len(part)
                target.write(part)
                if given > RATIO_COUNTS_FROM and given > MAX_RATIO * taken:
                    help = "unpack it yourself if you trust it, and check the result"
                    message = f"{shown} unpacks to more than {MAX_RATIO} times its size; it was not read further"
                    raise Unfit("data/gzip", message, help)
                data = unpacker.unconsumed_tail
                if unpacker.eof and (data := unpacker.unused_data):
                    unpacker = zlib.decompressobj(wbits=31)
        if not unpacker.eof:
            raise Unfit("data/gzip", f"{shown} is cut off: its compressed end is missing", "fetch the file again")
    except zlib.error:
        raise Unfit("data/gzip", f"{shown} is damaged: it cannot be unpacked", "fetch the file again") from None
    target.seek(0)
    return cast(BinaryIO, target)
