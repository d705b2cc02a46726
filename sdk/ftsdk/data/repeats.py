"""Which rows share a key (a prompt, an id), in memory that does not grow with the file: hashes, sorted at the end."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IN_MEMORY = 250_000  # records of 20 bytes; more are sorted by parts on disk
PARTS = 64

_LOWER = bytes(range(65)) + bytes(range(97, 123)) + bytes(range(91, 256))
_SPACE = bytes(code for code in range(128) if chr(code).isspace())


class Repeat(NamedTuple):
    """Line ``line`` has the key of line ``first``; ``same`` when their values are equal too."""

    line: int
    first: int
    same: bool


def squeezed(text: str) -> bytes:
    """``text`` after NFKC and case folding, without whitespace: what is left when typing makes no difference."""
    if text.isascii():
        return text.encode().translate(_LOWER, _SPACE)
    return "".join(unicodedata.normalize("NFKC", text).casefold().split()).encode("utf-8", "surrogatepass")


class KeyIndex:
    """Keys and values of rows as 64-bit hashes, with their lines."""

    def __init__(self) -> None:
        self._parts: list[NDArray[np.void]] = []
        self._held = 0
        self._spill: TemporaryDirectory[str] | None = None

    def add(self, keys: Sequence[int], values: Sequence[int] | None, lines: Sequence[int]) -> None:
        """The next rows' key and value hashes; without ``values`` all values are the same."""
        import numpy as np

        if not len(keys):
            return
        part = np.zeros(len(keys), dtype=[("key", "<u8"), ("value", "<u8"), ("line", "<u4")])
        part["key"], part["line"] = keys, lines
        if values is not None:
            part["value"] = values
        self._parts.append(part)
        self._held += len(part)
        if self._held > IN_MEMORY:
            self._to_disk()

    def repeats(self) -> Iterator[Repeat]:
        """Every row whose key an earlier row has, against the first that has it; not in the order of lines."""
        import numpy as np

        for records in self._sorted_parts():
            new = np.ones(len(records), bool)
            new[1:] = records["key"][1:] != records["key"][:-1]
            first = np.flatnonzero(new)[np.cumsum(new) - 1]
            for place in np.flatnonzero(~new).tolist():
                record, head = records[place], records[first[place]]
                yield Repeat(int(record["line"]), int(head["line"]), bool(record["value"] == head["value"]))

    def distinct(self) -> int:
        """How many different keys there are."""
        import numpy as np

        return sum(int(np.count_nonzero(np.diff(part["key"]))) + 1 for part in self._sorted_parts() if len(part))

    def _sorted_parts(self) -> Iterator[NDArray[np.void]]:
        import numpy as np

        if self._spill is None:
            if self._parts:
                self._parts = [np.concatenate(self._parts)]
                yield _in_order(self._parts[0])
            return
        self._to_disk()
        for path in sorted(Path(self._spill.name).iterdir()):
            yield _in_order(np.fromfile(path, dtype=[("key", "<u8"), ("value", "<u8"), ("line", "<u4")]))

    def _to_disk(self) -> None:
        import numpy as np

        if not self._parts:
            return
        self._spill = self._spill or TemporaryDirectory(prefix="ftsdk-keys-")
        records = np.concatenate(self._parts)
        self._parts, self._held = [], 0
        owner = (records["key"] >> np.uint64(58)).astype(np.uint8)
        for part in range(PARTS):
            with (Path(self._spill.name) / f"{part:02d}").open("ab") as file:
                records[owner == part].tofile(file)


def _in_order(records: NDArray[np.void]) -> NDArray[np.void]:
    import numpy as np

    ordered: NDArray[np.void] = records[np.lexsort((records["line"], records["key"]))]
    return ordered
