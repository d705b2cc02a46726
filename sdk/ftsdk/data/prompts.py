"""What rows ask, so written and so indexed that the same question is found again in another file."""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ftsdk.data.encodings import encoding
from ftsdk.data.value import AnyRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ENCODING = "o200k_base"
BATCH = 4096  # rows whose bands are hashed at once


def prompt_key(row: AnyRow) -> str:
    """A row's prompt without its system message, so written that case, width and spacing make no difference."""
    turns = [f"{message.role}\n{normalised(message.content)}" for message in row.prompt if message.role != "system"]
    return "\n\n".join(turns)


def normalised(text: str) -> str:
    """``text`` after NFKC, case folding and joining of whitespace."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


class Prompts:
    """The prompts of rows, in their order: hash of the text, token ids, group and line; no row is kept.

    Memory: about 4 bytes a token of the prompts, 150 bytes a row.
    """

    def __init__(self, rows: Iterable[AnyRow] = ()) -> None:
        self.keys: list[int] = []
        self.groups: list[str | None] = []
        self.lines: list[int] = []
        self._ids = array("I")
        self._ends = array("Q")
        self._bands: NDArray[np.uint32] | None = None
        for row in rows:
            self.add(row)

    def add(self, row: AnyRow) -> None:
        """The next row."""
        from xxhash import xxh3_64_intdigest

        key = prompt_key(row)
        self.keys.append(xxh3_64_intdigest(key.encode("utf-8", "surrogatepass")))
        self.groups.append(row.group)
        self.lines.append(row.line)
        self._ids.extend(encoding(ENCODING).encode_ordinary(key))
        self._ends.append(len(self._ids))

    def subset(self, rows: Sequence[int]) -> Prompts:
        """The prompts of these rows, in this order; what was hashed once is not hashed again."""
        part, bands = Prompts(), self.bands()
        for row in rows:
            part.keys.append(self.keys[row])
            part.groups.append(self.groups[row])
            part.lines.append(self.lines[row])
            part._ids.extend(self.tokens_of(row))
            part._ends.append(len(part._ids))
        part._bands = bands[list(rows)]
        return part

    def __len__(self) -> int:
        return len(self.keys)

    def tokens_of(self, index: int) -> array[int]:
        """The token ids of a prompt."""
        start = self._ends[index - 1] if index else 0
        return self._ids[start : self._ends[index]]

    def tokens(self) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
        """All token ids one after another, and where each prompt's end; views, let go of before rows are added."""
        import numpy as np

        return np.frombuffer(self._ids, np.uint32), np.frombuffer(self._ends, np.uint64)

    def bands(self) -> NDArray[np.uint32]:
        """``near.band_hashes`` of all prompts, 48 bytes each."""
        if self._bands is None or len(self._bands) != len(self):
            self._bands = self._hashed()
        return self._bands

    def _hashed(self) -> NDArray[np.uint32]:
        import numpy as np

        from ftsdk.data.near import BANDS, band_hashes

        ids, ends = self.tokens()
        parts = [np.zeros((0, BANDS), np.uint32)]
        for first in range(0, len(self), BATCH):
            start = int(ends[first - 1]) if first else 0
            of_part = ends[first : first + BATCH]
            parts.append(band_hashes(ids[start : int(of_part[-1])], of_part - np.uint64(start)))
        return np.concatenate(parts)
