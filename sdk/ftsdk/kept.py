"""Figures that are dear to count, kept by what they were counted of; losing them costs time and nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
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
        self._hashes: dict[str, list[int | str]] | None = None

    def sha256(self, path: Path) -> str:
        """The sha256 of a file; read again only when its size, date or inode says that it may have changed."""
        known = self._known()
        stat = path.stat()
        mark: list[int | str] = [stat.st_size, stat.st_mtime_ns, stat.st_ino]
        found = known.get(str(path))
        if found is not None and found[:3] == mark and int(found[3]) - stat.st_mtime_ns > RACY_NS:
            return str(found[4])
        now = time.time_ns()
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        known[str(path)] = [*mark, now, sha256]
        self._write(self._directory / "files.json", json.dumps(known))
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
        return self._directory / version("ftbot") / kind / f"{key}.json"

    def _known(self) -> dict[str, list[int | str]]:
        if self._hashes is None:
            self._hashes = {}
            with suppress(OSError, ValueError):
                self._hashes = json.loads((self._directory / "files.json").read_text("utf-8"))
        return self._hashes

    def _write(self, path: Path, text: str) -> None:
        """Write whole or not at all; a disk that is full or read-only only costs the keeping."""
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(text, encoding="utf-8")
            partial.replace(path)
