"""A file of rows opened for reading, unpacked where it is gzip; what unpacks to far more than it should is refused."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from ftsdk.spec.files import Unfit, open_regular

GZIP = b"\x1f\x8b"
CHUNK = 1 << 20
START = 4096
# Chats shrink to a tenth, one row repeated for ever to a hundredth; deflate's own limit is 1,032.
MOST_TIMES = 200
ALWAYS_ALLOWED = 64 << 20


class Source(NamedTuple):
    """An open file: its unpacked ``content``, the ``stored`` bytes beneath and their number."""

    content: io.BufferedReader
    stored: BinaryIO
    size: int

    @property
    def packed(self) -> bool:
        """Whether it is a gzip."""
        return self.content is not self.stored

    def start(self) -> bytes:
        """Some of the first bytes, still to be read; b"" when there are none."""
        return self.content.peek(START)[:START]

    def position(self) -> int:
        """How many of the stored bytes were read."""
        return self.stored.tell()


@contextmanager
def open_source(path: Path, shown: str) -> Iterator[Source]:
    """``path`` (called ``shown`` in sentences) for reading; memory stays flat however large it is.

    Raises Unfit when it is no regular file, and while reading when a gzip is damaged, cut off or a bomb.
    """
    with open_regular(path, shown) as stored:
        size = os.fstat(stored.fileno()).st_size
        plain = cast("io.BufferedReader", stored)
        if plain.peek(2)[:2] != GZIP:
            yield Source(plain, stored, size)
            return
        with io.BufferedReader(_Unpacked(stored, shown), CHUNK) as content:
            yield Source(cast("io.BufferedReader", content), stored, size)


class _Unpacked(io.RawIOBase):
    """The content of a gzip, counted against the bytes that it was unpacked from."""

    def __init__(self, stored: BinaryIO, shown: str) -> None:
        self._stored = stored
        self._shown = shown
        self._content = gzip.GzipFile(fileobj=stored)
        self._count = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill ``buffer``; 0 at the end."""
        try:
            data = self._content.read1(min(len(buffer), CHUNK))
        except (EOFError, OSError, zlib.error) as reason:
            what = "ends too early" if isinstance(reason, EOFError) else "is damaged"
            message = f"the gzip {self._shown} {what} after {self._count:,} unpacked bytes"
            raise Unfit("data/gzip", message, "fetch or pack the file again") from None
        self._count += len(data)
        if self._count > ALWAYS_ALLOWED and self._count > MOST_TIMES * self._stored.tell():
            message = f"the gzip {self._shown} unpacks to more than {MOST_TIMES} times its size"
            help = "no rows shrink so far; if it is yours, unpack it yourself and look at it"
            raise Unfit("data/gzip", message, help)
        buffer[: len(data)] = data
        return len(data)
