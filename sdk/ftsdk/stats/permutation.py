"""Sign-flip permutation test of paired differences: no assumption but that either arm could have had either score."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXACT_UP_TO = 16
_CHUNK = 1000


def sign_flip(
    differences: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    *,
    flips: int = 10_000,
    seed: int = 0,
) -> float:
    """Two-sided p-value of "the mean difference is 0": how often flipped signs reach a sum as large (Fisher 1935).

    Exact up to 16 differences that are not 0, else ``flips`` seeded draws, (1 + hits) / (1 + flips). With ``clusters``
    whole clusters flip together.
    """
    sums = list(differences) if clusters is None else _sums(differences, clusters)
    moving = [value for value in sums if value != 0]
    if not moving:
        return 1.0
    observed = abs(math.fsum(moving))
    bound = observed - 1e-9 * max(observed, max(map(abs, moving)))  # equal sums may differ in their last bits
    if len(moving) <= EXACT_UP_TO:
        return _share_of_all(moving, bound)
    return _share_of_draws(moving, bound, flips, seed)


def _sums(differences: Sequence[float], clusters: Sequence[Hashable]) -> list[float]:
    members: dict[Hashable, list[float]] = {}
    for difference, cluster in zip(differences, clusters, strict=True):
        members.setdefault(cluster, []).append(difference)
    return [math.fsum(values) for values in members.values()]


def _share_of_all(moving: list[float], bound: float) -> float:
    import numpy as np

    totals = np.zeros(1)
    for value in moving:
        totals = np.concatenate([totals + value, totals - value])
    return float(np.mean(np.abs(totals) >= bound))


def _share_of_draws(moving: list[float], bound: float, flips: int, seed: int) -> float:
    import numpy as np

    values = np.asarray(moving)
    generator = np.random.default_rng(seed)
    hits = 0
    for start in range(0, flips, _CHUNK):
        totals = _flipped_sums(values, min(_CHUNK, flips - start), generator)
        hits += int(np.count_nonzero(np.abs(totals) >= bound))
    return (1 + hits) / (1 + flips)


def _flipped_sums(values: NDArray[np.float64], draws: int, generator: np.random.Generator) -> NDArray[np.float64]:
    import numpy as np

    packed = generator.integers(0, 256, size=(draws, (len(values) + 7) // 8), dtype=np.uint8)
    heads = np.unpackbits(packed, axis=1, count=len(values))
    sums: NDArray[np.float64] = 2 * (heads.astype(np.float64) @ values) - values.sum()
    return sums
