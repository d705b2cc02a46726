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
    """The ``prompts`` of whose own 13-grams at least half occur among ``others``."""
    import numpy as np

    hashes, owners = _grams(prompts)
    known, known_owners = _grams(others)
    if not len(hashes) or not len(known):
        return
    own = ~np.isin(hashes, _template(hashes, owners, len(prompts)))
    order = np.argsort(known, kind="stable")
    known, known_owners = known[order], known_owners[order]
    place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    seen = own & (known[place] == hashes)
    totals = np.bincount(owners[own], minlength=len(prompts))
    found = np.bincount(owners[seen], minlength=len(prompts))
    for index in np.flatnonzero((totals >= LEAST) & (found >= SHARE * totals)).tolist():
        first = int(np.flatnonzero(seen & (owners == index))[0])
        yield Contained(index, int(known_owners[place[first]]), float(found[index] / totals[index]))


def _template(hashes: NDArray[np.uint64], owners: NDArray[np.int64], rows: int) -> NDArray[np.uint64]:
    """The grams that stand in many prompts."""
    import numpy as np

    pairs = np.unique(np.stack([hashes, owners.astype(np.uint64)], axis=1), axis=0)
    values, counts = np.unique(pairs[:, 0], return_counts=True)
    return values[counts > max(TEMPLATE_LEAST, TEMPLATE_SHARE * rows)]


def _grams(prompts: Prompts) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """A hash for every 13-gram inside a prompt, and whose it is."""
    import numpy as np

    ids, ends = prompts.tokens()
    if len(ids) < GRAM:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    count = len(ids) - GRAM + 1
    hashes = np.zeros(count, np.uint64)
    for place in range(GRAM):  # a polynomial modulo 2**64, mixed so that near ids lie far apart
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + (ids[place : place + count].astype(np.uint64) + np.uint64(1))
        hashes ^= hashes >> np.uint64(29)
    owners = np.searchsorted(ends, np.arange(len(ids), dtype=np.uint64), side="right")
    inside = owners[:count] == owners[GRAM - 1 :]
    return hashes[inside], owners[:count][inside]
