"""Near-duplicates: MinHash over token-id 3-grams proposes candidates by bands; reading both rows decides.

MinHash (Broder 1997) by rensa, bands as in Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 3.4: with 10
bands of 4 a pair of Jaccard 0.8 becomes a candidate with probability 0.995, one of 0.3 with 0.08.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = Sequence[int] | NDArray[np.uint32]

THRESHOLD = 0.8
GRAM = 3
BANDS, PER_BAND = 10, 4
SEED = 20261122
MAX_TRIES = 16  # earlier members of a bucket that a row is compared with
KEPT_ROWS = 2_000  # gram sets kept while candidates are verified
KEPT_FAILURES = 100_000
AT_ONCE = 500  # candidates verified together

METHOD = f"Jaccard over token-id {GRAM}-grams, candidates by {BANDS} MinHash bands of {PER_BAND}, verified exactly"


Pair = tuple[int, int]


class NearPair(NamedTuple):
    """Two rows by their index, the earlier one first, with the exact Jaccard similarity of their 3-gram sets."""

    first: int
    second: int
    jaccard: float


def grams(ids: Ids) -> frozenset[Any]:
    """The set of a text's token-id 3-grams, each as one number; of a shorter text all of it is one gram."""
    import numpy as np

    if len(ids) < GRAM:
        return frozenset({tuple(map(int, ids))})
    return frozenset(_packed(np.asarray(ids, np.uint64)).tolist())


def jaccard(first: frozenset[Any], second: frozenset[Any]) -> float:
    """Shared grams as a share of all grams of both."""
    shared = len(first & second)
    return shared / (len(first) + len(second) - shared)


def band_hashes(ids: NDArray[np.uint32], ends: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """One row of ``BANDS`` hashes for each text; ``ids`` are all texts' tokens, text i ends before ``ends[i]``."""
    import numpy as np
    from rensa import RMinHash

    hashes, gram_ends = _gram_hashes(ids, ends)
    offsets = np.concatenate([np.zeros(1, np.uint64), gram_ends])
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, BANDS * PER_BAND, SEED)
    digests = array("I")
    for row in matrix.to_rows():
        digests.fromlist(row)
    flat = np.frombuffer(digests, np.uint32).reshape(len(ends), BANDS, PER_BAND).astype(np.uint64)
    mixed = np.zeros((len(ends), BANDS), np.uint64)
    for position in range(PER_BAND):
        mixed = _mixed(mixed ^ flat[:, :, position])
    return (mixed >> np.uint64(32)).astype(np.uint32)


class NearIndex:
    """The band hashes of all rows seen, 40 bytes a row; rows are known by the order in which they were added."""

    def __init__(self) -> None:
        self._parts: list[NDArray[np.uint32]] = []

    def add(self, bands: NDArray[np.uint32]) -> None:
        """The next rows' ``band_hashes``."""
        self._parts.append(bands)

    def pairs(
        self,
        alike: Callable[[Sequence[Pair]], Sequence[float]],
        *,
        threshold: float = THRESHOLD,
        boundary: int | None = None,
        skip: NDArray[np.bool_] | None = None,
    ) -> Iterator[NearPair]:
        """For each row that has one, an earlier row at least ``threshold`` alike.

        ``alike`` reads pairs of rows again and gives their Jaccard similarities (``Likeness``). With ``boundary`` only
        rows from it on are looked up, among those before it. Rows of which ``skip`` is true are neither looked up nor
        found.
        """
        import numpy as np

        if not self._parts:
            return
        bands = np.concatenate(self._parts)
        self._parts = [bands]
        found = np.zeros(len(bands), bool) if skip is None else skip.copy()
        failed: set[Pair] = set()

        def untried(second: int, earlier: Sequence[int]) -> Iterator[int]:
            rows = (first for first in earlier if skip is None or not skip[first])
            return (first for first in rows if (first, second) not in failed)

        for band in range(BANDS):
            candidates = _candidates(bands[:, band], boundary, found)
            while block := [(second, untried(second, earlier)) for second, earlier in islice(candidates, AT_ONCE)]:
                while asked := [(first, second) for second, rest in block if (first := next(rest, None)) is not None]:
                    for pair, score in zip(asked, alike(asked), strict=True):
                        if score >= threshold:
                            found[pair[1]] = True
                            yield NearPair(*pair, score)
                        elif len(failed) < KEPT_FAILURES:
                            failed.add(pair)
                    block = [(second, rest) for second, rest in block if not found[second]]


class Likeness:
    """How alike pairs of rows are, by their tokens: ``tokens_of`` reads many rows again. Keeps the last rows' grams."""

    def __init__(self, tokens_of: Callable[[Sequence[int]], Sequence[Ids]]) -> None:
        self._tokens_of = tokens_of
        self._kept: dict[int, frozenset[Any]] = {}

    def __call__(self, pairs: Sequence[Pair]) -> list[float]:
        """The Jaccard similarity of each pair."""
        rows = dict.fromkeys(row for pair in pairs for row in pair)
        if len(self._kept) > KEPT_ROWS:
            self._kept = {row: self._kept[row] for row in rows if row in self._kept}
        missing = [row for row in rows if row not in self._kept]
        if missing:
            self._kept.update(zip(missing, map(grams, self._tokens_of(missing)), strict=True))
        return [jaccard(self._kept[first], self._kept[second]) for first, second in pairs]


def near_pairs(
    texts: Sequence[Sequence[int]], *, threshold: float = THRESHOLD, boundary: int | None = None
) -> Iterator[NearPair]:
    """``NearIndex.pairs`` of texts in memory, each given as its token ids."""
    import numpy as np

    index = NearIndex()
    if texts:
        ids = np.fromiter((token for text in texts for token in text), np.uint32)
        index.add(band_hashes(ids, np.cumsum([len(text) for text in texts], dtype=np.uint64)))
    alike = Likeness(lambda rows: [texts[row] for row in rows])
    return index.pairs(alike, threshold=threshold, boundary=boundary)


def _candidates(
    hashes: NDArray[np.uint32], boundary: int | None, found: NDArray[np.bool_]
) -> Iterator[tuple[int, list[int]]]:
    """Each row not yet ``found`` that shares its bucket with earlier rows, with the first of those."""
    import numpy as np

    # One sort of hash and row together: several times quicker than asking for a stable order.
    keys = np.sort(hashes.astype(np.uint64) << np.uint64(32) | np.arange(len(hashes), dtype=np.uint64))
    order = (keys & np.uint64(0xFFFFFFFF)).astype(np.intp)
    keys >>= np.uint64(32)
    same = np.flatnonzero(keys[1:] == keys[:-1])
    start, previous = 0, -2
    for position, second in zip(same.tolist(), order[same + 1].tolist(), strict=True):
        if position != previous + 1:
            start = position
        previous = position
        if found[second] or (boundary is not None and second < boundary):
            continue
        earlier = order[start : min(position + 1, start + MAX_TRIES)].tolist()
        yield second, [first for first in earlier if boundary is None or first < boundary]


def _gram_hashes(ids: NDArray[np.uint32], ends: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """A hash for each 3-gram inside a text, and where each text's grams end; short texts give one hash of all."""
    import numpy as np

    lengths = ends.astype(np.int64)
    lengths[1:] -= lengths[:-1].copy()
    padded = np.concatenate([ids.astype(np.uint64), np.zeros(GRAM, np.uint64)])
    hashes = _packed(padded[:-1])
    counts = np.maximum(lengths - (GRAM - 1), 1)
    if (lengths >= GRAM).all():
        inside = np.ones(len(ids), bool)
        last = ends.astype(np.int64)
        inside[last - 1] = inside[last - 2] = False
        return _mixed(hashes[inside]), np.cumsum(counts, dtype=np.uint64)
    return _short_texts(hashes, lengths, counts)


def _packed(ids: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Every three ids of at most 21 bits as one number of 63: a perfect hash."""
    import numpy as np

    packed = ids[:-2] << np.uint64(21)
    packed |= ids[1:-1]
    packed <<= np.uint64(21)
    packed |= ids[2:]
    return packed


def _short_texts(
    hashes: NDArray[np.uint64], lengths: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """As ``_gram_hashes`` where some texts have fewer tokens than a gram."""
    import numpy as np

    starts = np.cumsum(lengths) - lengths
    shifts = np.clip(GRAM - lengths, 0, GRAM) * 21  # what follows a short text is shifted out
    first = np.repeat(starts, counts) + np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    padded = np.concatenate([hashes, np.zeros(1, np.uint64)])[first]
    shift = np.repeat(shifts, counts).astype(np.uint64)
    return _mixed(padded >> shift << shift), np.cumsum(counts, dtype=np.uint64)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A 64-bit finaliser (Pelle Evensen's rrmxmx family): every bit of the input reaches every bit of the output."""
    import numpy as np

    values = values ^ values >> np.uint64(32)
    for _ in range(2):
        values *= np.uint64(0xD6E8FEB86659FD93)
        values ^= values >> np.uint64(32)
    return values
