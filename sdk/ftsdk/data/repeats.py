"""Which rows share a key (a prompt, an id), in memory that does not grow with the file: hashes, sorted at the end."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from xxhash import xxh3_64_intdigest

from ftsdk.data.value import AnyRow, GradedRow, PreferenceRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IN_MEMORY = 250_000  # records of 20 bytes; more are sorted by parts on disk
PARTS = 64
RECORD = [("key", "<u8"), ("value", "<u8"), ("line", "<u4")]

_LOWER = bytes(range(65)) + bytes(range(97, 123)) + bytes(range(91, 256))
_SPACE = bytes(code for code in range(128) if chr(code).isspace())
_WIDE_SPACE = "\x85\u1680\u2028\u2029"  # NFKC makes an ASCII space of all others


class Repeat(NamedTuple):
    """Line ``line`` has the key of line ``first``; ``same`` when their values are equal too."""

    line: int
    first: int
    same: bool


def squeezed(text: str) -> bytes:
    """``text`` after NFKC and case folding, without whitespace: what is left when typing makes no difference."""
    if text.isascii():
        return text.encode().translate(_LOWER, _SPACE)
    plain = unicodedata.normalize("NFKC", text).casefold()
    for space in _WIDE_SPACE:
        if space in plain:
            plain = plain.replace(space, "")
    return plain.encode("utf-8", "surrogatepass").translate(None, _SPACE)


def keys_of(row: AnyRow) -> tuple[int, int]:
    """Hashes of what is asked and of what is answered; tools and calls count as part of either."""
    turns = [turn for turn in row.prompt if turn.role != "system"]
    prompt = b"\n".join(squeezed(turn.content) + _calls(turn.tool_calls) for turn in turns)
    if isinstance(row, GradedRow):
        answer = json.dumps(row.reference, sort_keys=True)
    elif isinstance(row, PreferenceRow):
        answer = json.dumps([[turn.model_dump() for turn in part] for part in (row.preferred, row.rejected)])
    else:
        last = row.messages[-1]
        answer = last.content + _calls(last.tool_calls).decode()
    return xxh3_64_intdigest(prompt), xxh3_64_intdigest(answer.encode("utf-8", "surrogatepass"))


def _calls(calls: Sequence[Any]) -> bytes:
    return "".join(f"\n{call.name} {call.arguments}" for call in calls).encode("utf-8", "surrogatepass")


class KeyIndex:
    """Keys and values of rows as 64-bit hashes, with their lines."""

    def __init__(self) -> None:
        self._records: NDArray[np.void] | None = None  # filled up to ``_held``
        self._held = 0
        self._spill: TemporaryDirectory[str] | None = None

    def add(self, keys: Sequence[int], values: Sequence[int] | None, lines: Sequence[int]) -> None:
        """The next rows' key and value hashes; without ``values`` all values are the same."""
        import numpy as np

        if not len(keys):
            return
        if self._records is None:
            self._records = np.zeros(IN_MEMORY, dtype=RECORD)  # pages are taken as they are written to
        if self._held + len(keys) > IN_MEMORY:
            self._to_disk()
        for start in range(0, len(keys), IN_MEMORY):
            part = slice(start, start + IN_MEMORY)
            count = len(keys[part])
            place = self._records[self._held : self._held + count]
            place["key"], place["line"] = keys[part], lines[part]
            place["value"] = values[part] if values is not None else 0
            self._held += count
            if self._held == IN_MEMORY:
                self._to_disk()

    def repeats(self) -> Iterator[Repeat]:
        """Every row whose key an earlier row has, against the first that has it; not in the order of lines."""
        import numpy as np

        for records in self._records_by_part():
            order = np.argsort(records["key"], kind="stable")  # rows come in the order of lines
            keys = records["key"][order]
            again = np.flatnonzero(keys[1:] == keys[:-1]) + 1
            del keys
            first = previous = -1
            for place in again.tolist():
                first = first if place == previous + 1 else place - 1
                previous = place
                record, head = records[order[place]], records[order[first]]
                yield Repeat(int(record["line"]), int(head["line"]), bool(record["value"] == head["value"]))

    def distinct(self) -> int:
        """How many different keys there are."""
        import numpy as np

        keys = (np.sort(part["key"]) for part in self._records_by_part() if len(part))
        return sum(1 + int(np.count_nonzero(part[1:] != part[:-1])) for part in keys)

    def close(self) -> None:
        """Remove what was put on disk."""
        if self._spill is not None:
            self._spill.cleanup()

    def _records_by_part(self) -> Iterator[NDArray[np.void]]:
        import numpy as np

        if self._spill is None:
            if self._records is not None:
                yield self._records[: self._held]
            return
        self._to_disk()
        for path in sorted(Path(self._spill.name).iterdir()):
            yield np.fromfile(path, dtype=RECORD)

    def _to_disk(self) -> None:
        import numpy as np

        if self._records is None or not self._held:
            return
        self._spill = self._spill or TemporaryDirectory(prefix="ftsdk-keys-")
        records, self._held = self._records[: self._held], 0
        owner = (records["key"] >> np.uint64(58)).astype(np.uint8)
        for part in range(PARTS):
            with (Path(self._spill.name) / f"{part:02d}").open("ab") as file:
                records[owner == part].tofile(file)
