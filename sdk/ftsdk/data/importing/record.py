"""What a source holds, one record after another, whatever the file's container."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Record(NamedTuple):
    """One record at its line (from 1; of a Parquet file the row): a mapping, or the sentence why it is none."""

    line: int
    value: Mapping[str, Any] | None
    fault: str | None = None


class LeftOut(Exception):
    """A record that cannot become a row; its text is the reason."""


class Broken(Exception):
    """A source that cannot be read any further; its text says where and why, ``help`` what to do."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help
