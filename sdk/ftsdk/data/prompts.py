"""What rows ask, so written and so indexed that the same question is found again in another file."""

from __future__ import annotations

import os
import tempfile
import unicodedata
import weakref
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING

from ftsdk.data.encodings import encoding
from ftsdk.data.value import AnyRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ftsdk.data.near import Likeness

ENCODING = "o200k_base"
HASHED = 1 << 20  # token ids whose bands are hashed at once
IN_MEMORY = 1 << 22  # token ids; what comes before them lies on disk


def prompt_key(row: AnyRow) -> str:
    """A row's prompt without its system message, so written that case, width and spacing make no difference."""
    turns = [f"{message.role}\n{normalised(message.content)}" for message in row.prompt if message.role != "system"]
    return "\n\n".join(turns)


def normalised(text: str) -> str:
    """``text`` after NFKC, case folding and joining of whitespace."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


class Prompts:
    """The prompts of rows, in their order: hash of the text, token ids, group and line; no row is kept.

    Memory: about 80 bytes a row, and 16 MB of token ids; more of those lie in a temporary file.
    """

    def __init__(self, rows: Iterable[AnyRow] = ()) -> None:
        self.keys = array("Q")
        self.groups: list[str | None] = []
        self.lines = array("Q")
        self._ids = _Ids()
        self._bands: NDArray[np.uint32] | None = None
        self._likeness: Likeness | None = None
        for row in rows:
            self.add(row)

    def add(self, row: AnyRow) -> None:
        """The next row."""
        from xxhash import xxh3_64_intdigest

        key = prompt_key(row)
        self.keys.append(xxh3_64_intdigest(key.encode("utf-8", "surrogatepass")))
        self.groups.append(row.group)
        self.lines.append(row.line)
        self._ids.add(array("I", encoding(ENCODING).encode_ordinary(key)))

    def subset(self, rows: Sequence[int]) -> Prompts:
        """The prompts of these rows, in this order; what was hashed once is not hashed again."""
        part, bands = Prompts(), self.bands()
        for row in rows:
            part.keys.append(self.keys[row])
            part.groups.append(self.groups[row])
            part.lines.append(self.lines[row])
            part._ids.add(self.tokens_of(row))
        part._bands = bands[list(rows)]
        return part

    def __len__(self) -> int:
        return len(self.keys)

    def tokens_of(self, index: int) -> array[int]:
        """The token ids of a prompt."""
        return self._ids.between(self._ids.ends[index - 1] if index else 0, self._ids.ends[index])

    def alike(self, pairs: Sequence[tuple[int, int]]) -> list[float]:
        """The Jaccard similarity of pairs of these prompts."""
        from ftsdk.data.near import Likeness

        if self._likeness is None:
            self._likeness = Likeness(lambda rows: [self.tokens_of(row) for row in rows])
        return self._likeness(pairs)

    def block(self, first: int, least: int) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """The token ids of the prompts from ``first`` on, one after another, and where each prompt's end.

        As many whole prompts as have about ``least`` ids together, one at the least; none past the last prompt.
        """
        import numpy as np

        start = self._ids.ends[first - 1] if first else 0
        last = max(first + 1, bisect_right(self._ids.ends, start + least))
        ends = np.array(self._ids.ends[first:last], np.int64) - start
        end = start + int(ends[-1]) if len(ends) else start
        return np.frombuffer(self._ids.between(start, end), np.uint32), ends

    def bands(self) -> NDArray[np.uint32]:
        """``near.band_hashes`` of all prompts, 48 bytes each."""
        if self._bands is None or len(self._bands) != len(self):
            self._bands = self._hashed()
        return self._bands

    def _hashed(self) -> NDArray[np.uint32]:
        import numpy as np

        from ftsdk.data.near import BANDS, band_hashes

        parts = [np.zeros((0, BANDS), np.uint32)]
        while (first := sum(map(len, parts))) < len(self):
            ids, ends = self.block(first, HASHED)
            parts.append(band_hashes(ids, ends.astype(np.uint64)))
        return np.concatenate(parts)


class _Ids:
    """Token ids of texts one after another: the last ones in memory, those before in a file that goes with them."""

    def __init__(self) -> None:
        self.ends = array("Q")
        self._recent = array("I")
        self._stored = 0  # ids that lie in the file
        self._file: IO[bytes] | None = None

    def add(self, ids: array[int]) -> None:
        """The next text's."""
        self._recent.extend(ids)
        self.ends.append(self._stored + len(self._recent))
        if len(self._recent) >= IN_MEMORY:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="ftsdk-ids-")  # noqa: SIM115
                weakref.finalize(self, self._file.close)
            self._recent.tofile(self._file)
            self._file.flush()
            self._stored += len(self._recent)
            self._recent = array("I")

    def between(self, start: int, end: int) -> array[int]:
        """Those at ``start`` up to ``end``."""
        found = array("I")
        if start < self._stored and self._file is not None:
            size = found.itemsize
            found.frombytes(os.pread(self._file.fileno(), size * (min(end, self._stored) - start), size * start))
        found.extend(self._recent[max(0, start - self._stored) : max(0, end - self._stored)])
        return found
