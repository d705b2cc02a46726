"""Prompts that stand, for the most part, inside longer ones: shared 13-grams, as in contamination checks of benchmarks.

13 as in Brown et al. 2020 (GPT-3, appendix C), there of words; here of token ids, so that no second reading of the text
is needed. Grams that many of the looked-up prompts share are their template and tell nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ftsdk.data.prompts import Prompts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GRAM = 13
SHARE = 0.5  # of a prompt's own grams
LEAST = 8  # grams of its own that a prompt must have
BLOCK = 1 << 20  # token ids looked at together
TEMPLATE_SHARE, TEMPLATE_LEAST = 0.05, 3  # in more prompts than this a gram belongs to the template

METHOD = (
    f"at least half of its own token-id {GRAM}-grams (those in at most {TEMPLATE_SHARE:.0%} of the looked-up prompts)"
)


class Contained(NamedTuple):
    """Prompt number ``row`` of the looked-up ones, one of the others that holds some of it, and which share."""

    row: int
    within: int
    share: float


def contained(others: Prompts, prompts: Prompts) -> Iterator[Contained]:
    """The ``prompts`` of whose own 13-grams half occur among ``others``; memory grows with ``prompts`` only."""
    import numpy as np

    parts = list(_grams(prompts))
    if not parts:
        return
    hashes, owners = (np.concatenate(part) for part in zip(*parts, strict=True))
    known, which, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    own = (counts <= max(TEMPLATE_LEAST, TEMPLATE_SHARE * len(prompts)))[which]
    holders = _holders(others, known)[which]
    seen = own & (holders >= 0)
    totals = np.bincount(owners[own], minlength=len(prompts))
    found = np.bincount(owners[seen], minlength=len(prompts))
    first = dict(zip(*(part.tolist() for part in np.unique(owners[seen], return_index=True)), strict=True))
    places = np.flatnonzero(seen)
    for row in np.flatnonzero((totals >= LEAST) & (found >= SHARE * totals)).tolist():
        yield Contained(row, int(holders[places[first[row]]]), float(found[row] / totals[row]))


def _holders(others: Prompts, known: NDArray[np.uint64]) -> NDArray[np.int64]:
    """For each of the sorted ``known`` grams the first prompt of ``others`` that has it, or -1."""
    import numpy as np

    holders = np.full(len(known), -1, np.int64)
    for hashes, owners in _grams(others):
        place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
        hit = (known[place] == hashes) & (holders[place] < 0)
        holders[place[hit][::-1]] = owners[hit][::-1]  # of several in one block the first one stays
    return holders


def _grams(prompts: Prompts) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.int64]]]:
    """A hash for every 13-gram inside a prompt, and whose it is, by blocks of whole prompts."""
    import numpy as np

    first = 0
    while first < len(prompts):
        ids, ends = prompts.block(first, BLOCK)
        count = len(ids) - GRAM + 1
        if count > 0:
            block = ids.astype(np.uint64) + np.uint64(1)
            hashes = np.zeros(count, np.uint64)
            for place in range(GRAM):  # a polynomial modulo 2**64, mixed so that near ids lie far apart
                hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + block[place : place + count]
                hashes ^= hashes >> np.uint64(29)
            owners = np.repeat(np.arange(first, first + len(ends)), np.diff(ends, prepend=0))
            inside = owners[:count] == owners[GRAM - 1 :]
            yield hashes[inside], owners[:count][inside]
        first += len(ends)
