"""Cross entropy over the labelled tokens alone, with the vocabulary cut to what has ever been likely.

The scores use the tied embedding. Late in training nearly all of the 49,152 tokens have no chance at any position;
leaving those out that never had a probability above 1e-5 changes the loss by less than its rounding shows, and removes
most of the product. (A random sample of the others was tried instead: the model then drifted into invalid answers.)
The vocabulary is done in blocks whose scores stay in the cache, put together by their maxima and sums
(arXiv:2205.14135).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.layout import Indices

LIKELY = np.float32(1e-5)
# A token below this at every row of a batch is left out of the backward product: of the gradient p - onehot that drops
# 2e-4 at most as measured in the first steps, where most tokens are above it, and less later.
NEGLIGIBLE = np.float32(1e-7)
ROWS_AT_ONCE = 128
TOKENS_AT_ONCE = 2048


@dataclass
class _Block:
    """A run of the scored tokens: exp(score - peak) of each row, and what that sums to."""

    tokens: slice
    weights: Floats
    peak: Floats
    total: Floats


class Vocabulary:
    """The rows of the embedding that are scored, and which tokens have been likely since ``note_likely`` was set."""

    def __init__(self, embedding: Floats) -> None:
        self.embedding = embedding
        self.seen: NDArray[np.bool_] = np.zeros(len(embedding), np.bool_)
        self.note_likely = True
        self._rows = embedding
        self._place: Indices | None = None

    def restrict(self) -> None:
        """From here on score only the tokens in ``seen`` (which must hold every label); once is enough."""
        if self._place is not None:
            return
        self._rows = np.ascontiguousarray(self.embedding[self.seen])
        self._place = np.cumsum(self.seen) - 1

    def cross_entropy(self, hidden: Floats, labels: Indices, pool: ThreadPoolExecutor) -> tuple[float, Floats]:
        """Sum of -log p(label) over rows, in nats, and the gradient of its mean by ``hidden``."""
        columns = labels if self._place is None else self._place[labels]
        loss, dhidden = 0.0, np.empty_like(hidden)
        for start in range(0, len(hidden), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            part, dhidden[rows] = self._some_rows(hidden[rows], columns[rows], pool)
            loss += part
        dhidden *= np.float32(1.0 / len(labels))
        return loss, dhidden

    def _some_rows(self, hidden: Floats, columns: Indices, pool: ThreadPoolExecutor) -> tuple[float, Floats]:
        """d(-log p(label)) / d logits = p - onehot(label)."""
        starts = range(0, len(self._rows), TOKENS_AT_ONCE)
        blocks = list(pool.map(lambda start: self._scores(hidden, start), starts))
        peak = np.maximum.reduce([block.peak for block in blocks])
        total = np.add.reduce([block.total * np.exp(block.peak - peak) for block in blocks])

        def back(block: _Block) -> tuple[float, Floats]:
            block.weights *= np.exp(block.peak - peak) / total
            return self._gradient(block, columns)

        loss, dhidden = 0.0, np.zeros_like(hidden)
        for part, dpart in pool.map(back, blocks):
            loss += part
            dhidden += dpart
        return loss, dhidden

    def _scores(self, hidden: Floats, start: int) -> _Block:
        tokens = slice(start, start + TOKENS_AT_ONCE)
        scores: Floats = hidden @ self._rows[tokens].T
        peak = scores.max(axis=1, keepdims=True)
        scores -= peak
        np.exp(scores, out=scores)
        return _Block(tokens, scores, peak, scores.sum(axis=1, keepdims=True))

    def _gradient(self, block: _Block, columns: Indices) -> tuple[float, Floats]:
        """This block's part of the loss (its labels) and of the gradient by the hidden rows."""
        p, rows = block.weights, self._rows[block.tokens]
        highest = p.max(axis=0)
        if self._place is None and self.note_likely:
            self.seen[block.tokens] |= highest > LIKELY
        at = np.flatnonzero((columns >= block.tokens.start) & (columns < block.tokens.stop))
        here = columns[at] - block.tokens.start
        loss = -np.log(np.maximum(p[at, here], np.float32(1e-30))).sum(dtype=np.float64)
        p[at, here] -= 1.0
        matter = highest > NEGLIGIBLE
        matter[here] = True
        if np.count_nonzero(matter) < len(matter) // 2:
            p, rows = p[:, matter], rows[matter]
        return float(loss), p @ rows
