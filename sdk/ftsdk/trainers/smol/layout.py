"""How the rows of one step lie in a matrix: the shared beginning once, then what each conversation has of its own.

Every row of a training file starts with the same system prompt. Causal attention lets no token see what follows it, so
the activations of a common beginning are the same in every conversation: computing them once is exact, not a shortcut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from ftsdk.trainers.smol.gguf_file import Floats

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Segment:
    """Queries of one stretch of rows and what they may look at.

    ``queries``: their rows in the query matrix. ``keys``: the rows of their own stretch among the keys, which begin
    with the whole prefix; they are seen after the ``prefix`` rows that all share. ``bias`` (queries, prefix + keys) is
    0 where a query may look and -inf where it may not.
    """

    queries: slice
    keys: slice
    prefix: int
    bias: Floats


@dataclass(frozen=True)
class Layout:
    """Positions of all rows, and the segments for every layer; ``selected`` are the rows the last layer needs."""

    positions: Indices
    segments: list[Segment]
    selected: Indices
    last_segments: list[Segment] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows of the matrix."""
        return len(self.positions)

    @property
    def scores(self) -> int:
        """Pairs of query and key that one head of a layer scores."""
        return sum(segment.bias.size for segment in self.segments)


def shared_length(sequences: Sequence[list[int]]) -> int:
    """How many tokens all ``sequences`` begin with."""
    lowest, highest = min(sequences), max(sequences)  # whatever these two share, all those between them share
    for position, (one, other) in enumerate(zip(lowest, highest, strict=False)):
        if one != other:
            return position
    return min(len(lowest), len(highest))


def spans_of(start: int, lengths: Sequence[int]) -> list[slice]:
    """The rows of stretches of these ``lengths`` that follow each other from row ``start`` on."""
    return [slice(low, high) for low, high in pairwise(accumulate(lengths, initial=start))]


def make_layout(
    prefix: int, lengths: Sequence[int], wanted: Sequence[Sequence[int]] = (), part: slice | None = None
) -> Layout:
    """Lay out a ``prefix`` of that many rows, then conversations of these own ``lengths``.

    ``wanted[i]`` are the positions within conversation i whose output is needed (those that predict a labelled token);
    the last layer computes only these. Where ``part`` is given the matrix holds only these rows of the prefix, and only
    the keys are all there (see `exchange`).
    """
    part = part or slice(0, prefix)
    computed = part.stop - part.start
    spans, keys = spans_of(computed, lengths), spans_of(prefix, lengths)
    positions = np.concatenate([np.arange(part.start, part.stop), *(prefix + np.arange(length) for length in lengths)])
    segments = [
        _segment(span, key, prefix, np.arange(length)) for span, key, length in zip(spans, keys, lengths, strict=True)
    ]
    if computed:
        segments.insert(0, _segment(slice(0, computed), slice(0, part.stop), 0, np.arange(part.start, part.stop)))
    selected, last = _last_layer(prefix, spans, keys, wanted)
    return Layout(positions.astype(np.int64), segments, selected, last)


def _last_layer(
    prefix: int, spans: list[slice], keys: list[slice], wanted: Sequence[Sequence[int]]
) -> tuple[Indices, list[Segment]]:
    segments, selected, at = [], [np.empty(0, np.int64)], 0
    for span, key, offsets in zip(spans, keys, wanted, strict=False):
        local = np.asarray(offsets, dtype=np.int64)
        if local.size:
            segments.append(_segment(slice(at, at + local.size), key, prefix, local))
            selected.append(span.start + local)
            at += local.size
    return np.concatenate(selected), segments


def _segment(queries: slice, keys: slice, prefix: int, offsets: Indices) -> Segment:
    count = keys.stop - keys.start
    bias = np.zeros((len(offsets), prefix + count), np.float32)
    bias[:, prefix:][np.arange(count)[None, :] > offsets[:, None]] = -np.inf
    return Segment(queries, keys, prefix, bias)
