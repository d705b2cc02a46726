"""Figures that are dear to count, kept by what they were counted of; losing them costs time and nothing else."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from ftsdk.values import Value

Kind = TypeVar("Kind", bound=Value)
# A file that was written within this time of being read may have been written again without a newer date.
RACY_NS = 2_000_000_000


class Kept:
    """A directory of figures. Where it cannot be written, nothing is kept and everything is counted each time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def sha256(self, path: Path) -> str:
        """The sha256 of a file; read again only when its size, date or inode says that it may have changed."""
        stat = path.stat()
        mark = [stat.st_size, stat.st_mtime_ns, stat.st_ino]
        # One small text a file: a list of all of them would be written anew for each, and lost between two processes.
        key = hashlib.sha256(str(path).encode()).hexdigest()
        found = (self.read_text("files", key) or "").split()
        if len(found) == 5 and found[:3] == [*map(str, mark)] and int(found[3]) - stat.st_mtime_ns > RACY_NS:
            return found[4]
        now = time.time_ns()
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        self.write_text("files", key, " ".join(map(str, (*mark, now, sha256))))
        return sha256

    def read(self, kind: str, key: str, type: type[Kind]) -> Kind | None:
        """What was kept under a key, by this version of ftsdk; None when nothing was."""
        text = self.read_text(kind, key)
        if text is None:
            return None
        try:
            return type.model_validate_json(text)
        except ValidationError:
            return None

    def write(self, kind: str, key: str, value: Value) -> None:
        """Keep a value."""
        self.write_text(kind, key, value.model_dump_json())

    def read_text(self, kind: str, key: str) -> str | None:
        """A text that was kept under a key."""
        with suppress(OSError):
            return self._path(kind, key).read_text("utf-8")
        return None

    def write_text(self, kind: str, key: str, text: str) -> None:
        """Keep a text."""
        self._write(self._path(kind, key), text)

    def _path(self, kind: str, key: str) -> Path:
        return self._directory / _version() / kind / f"{key}.json"

    def _write(self, path: Path, text: str) -> None:
        """Write whole or not at all; a disk that is full or read-only only costs the keeping."""
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(text, encoding="utf-8")
            partial.replace(path)


@cache
def _version() -> str:
    """Asked once: each asking reads the metadata of the installed package."""
    return version("ftbot")
