"""A file of rows opened for reading, unpacked where it is gzip; what unpacks to far more than it should is refused."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from ftsdk.spec.files import Unfit, open_regular

GZIP = b"\x1f\x8b"
CHUNK = 1 << 20
# Chats shrink to a tenth, one row repeated for ever to a hundredth; deflate's own limit is 1,032.
MOST_TIMES = 200
ALWAYS_ALLOWED = 64 << 20


def open_rows(path: Path, shown: str) -> BinaryIO:
    """The bytes of ``path`` (called ``shown`` in sentences), unpacked; memory stays flat however large it is.

    Raises Unfit when it is no regular file, and while reading when a gzip is damaged, cut off or a bomb.
    """
    file = open_regular(path, shown)
    if cast("io.BufferedReader", file).peek(2)[:2] != GZIP:
        return file
    return cast("BinaryIO", io.BufferedReader(_Unpacked(file, shown), CHUNK))


class _Unpacked(io.RawIOBase):
    """The content of a gzip, counted against the bytes that it was unpacked from."""

    def __init__(self, file: BinaryIO, shown: str) -> None:
        self._file = file
        self._shown = shown
        self._content = gzip.GzipFile(fileobj=file)
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
        if self._count > ALWAYS_ALLOWED and self._count > MOST_TIMES * self._file.tell():
            message = f"the gzip {self._shown} unpacks to more than {MOST_TIMES} times its size"
            help = "no rows shrink so far; if it is yours, unpack it yourself and look at it"
            raise Unfit("data/gzip", message, help)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the file beneath too."""
        self._content.close()
        self._file.close()
        super().close()
