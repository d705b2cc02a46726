"""Cross entropy over the labelled tokens alone, with the vocabulary cut to what has ever been likely.

The scores use the tied embedding. Late in training nearly all of the 49,152 tokens have no chance at any position;
leaving those out that never had a probability above 1e-5 changes the loss by less than its rounding shows, and removes
most of the product. (A random sample of the others was tried instead: the model then drifted into invalid answers.)
The vocabulary is done in blocks whose scores stay in the cache, put together by their maxima and sums
(arXiv:2205.14135).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.layout import Indices

Flags = NDArray[np.bool_]

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


@dataclass
class Scored:
    """Sum of -log p(label) over rows, in nats; the gradient of the batch's mean by hidden; tokens likely in a row."""

    loss: float
    dhidden: Floats
    likely: Flags


class Vocabulary:
    """The rows of the embedding that are scored; ``seen`` are the tokens that must stay when it is cut."""

    def __init__(self, embedding: Floats) -> None:
        self.embedding = embedding
        self.seen: Flags = np.zeros(len(embedding), np.bool_)
        self._rows = embedding
        self._place: Indices | None = None

    def restrict(self) -> None:
        """From here on score only the tokens in ``seen`` (which must hold every label); once is enough."""
        if self._place is not None:
            return
        self._rows = np.ascontiguousarray(self.embedding[self.seen])
        self._place = np.cumsum(self.seen) - 1

    def cross_entropy(self, hidden: Floats, labels: Indices, in_batch: int) -> Scored:
        """Score ``hidden`` (rows, hidden), each followed by its label, as a part of a batch of ``in_batch`` labels.

        Nothing here changes, so threads may share it.
        """
        columns = labels if self._place is None else self._place[labels]
        scored = Scored(0.0, np.zeros_like(hidden), np.zeros(len(self._rows), np.bool_))
        for start in range(0, len(hidden), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            self._some_rows(hidden[rows], columns[rows], scored, scored.dhidden[rows])
        scored.dhidden *= np.float32(1.0 / in_batch)
        return scored

    def loss(self, hidden: Floats, labels: Indices) -> float:
        """The sum of -log p(label) alone, in nats."""
        columns = labels if self._place is None else self._place[labels]
        total = 0.0
        for start in range(0, len(hidden), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            total -= self._log_likelihood(hidden[rows], columns[rows])
        return total

    def _log_likelihood(self, hidden: Floats, columns: Indices) -> float:
        """log p(label) = score - peak - log(sum of exp(score - peak))."""
        blocks = [self._scores(hidden, start) for start in range(0, len(self._rows), TOKENS_AT_ONCE)]
        peak = np.maximum.reduce([block.peak for block in blocks])
        summed = np.add.reduce([block.total * np.exp(block.peak - peak) for block in blocks])
        scores = np.einsum("rh,rh->r", hidden, self._rows[columns])
        return float((scores - (peak + np.log(summed))[:, 0]).sum(dtype=np.float64))

    def _some_rows(self, hidden: Floats, columns: Indices, scored: Scored, dhidden: Floats) -> None:
        """d(-log p(label)) / d logits = p - onehot(label)."""
        blocks = [self._scores(hidden, start) for start in range(0, len(self._rows), TOKENS_AT_ONCE)]
        peak = np.maximum.reduce([block.peak for block in blocks])
        total = np.add.reduce([block.total * np.exp(block.peak - peak) for block in blocks])
        for block in blocks:
            block.weights *= np.exp(block.peak - peak) / total
            self._gradient(block, columns, scored, dhidden)

    def _scores(self, hidden: Floats, start: int) -> _Block:
        tokens = slice(start, start + TOKENS_AT_ONCE)
        scores: Floats = hidden @ self._rows[tokens].T
        peak = scores.max(axis=1, keepdims=True)
        scores -= peak
        np.exp(scores, out=scores)
        return _Block(tokens, scores, peak, scores.sum(axis=1, keepdims=True))

    def _gradient(self, block: _Block, columns: Indices, scored: Scored, dhidden: Floats) -> None:
        """Add this block's part: the loss of its labels, and what its tokens give to the hidden rows' gradient."""
        p, rows = block.weights, self._rows[block.tokens]
        highest = p.max(axis=0)
        scored.likely[block.tokens] |= highest > LIKELY
        at = np.flatnonzero((columns >= block.tokens.start) & (columns < block.tokens.stop))
        here = columns[at] - block.tokens.start
        scored.loss -= float(np.log(np.maximum(p[at, here], np.float32(1e-30))).sum(dtype=np.float64))
        p[at, here] -= 1.0
        matter = highest > NEGLIGIBLE
        matter[here] = True
        if np.count_nonzero(matter) < len(matter) // 2:
            p, rows = p[:, matter], rows[matter]
        dhidden += p @ rows
