"""Cross entropy over the labelled tokens alone, with the vocabulary cut to what has ever been likely.

The scores use the tied embedding. Late in training nearly all of the 49,152 tokens have no chance at any position;
leaving those out that never had a probability above 1e-5 changes the loss by less than its rounding shows, and removes
most of the product. (A random sample of the others was tried instead: the model then drifted into invalid answers.)
"""

from __future__ import annotations

from threading import Lock

import numpy as np
from numpy.typing import NDArray

from ftsdk.trainers.smol.attention import softmax_in_place
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.layout import Indices

LIKELY = np.float32(1e-5)
ROWS_AT_ONCE = 64


class Vocabulary:
    """The rows of the embedding that are scored, and which tokens have ever been likely."""

    def __init__(self, embedding: Floats) -> None:
        self.embedding = embedding
        self.seen: NDArray[np.bool_] = np.zeros(len(embedding), np.bool_)
        self._rows = embedding
        self._place: Indices | None = None
        self._lock = Lock()

    def restrict(self) -> None:
        """From here on score only the tokens in ``seen`` (which must hold every label)."""
        self._rows = np.ascontiguousarray(self.embedding[self.seen])
        self._place = np.cumsum(self.seen) - 1

    def cross_entropy(self, hidden: Floats, labels: Indices, scale: float) -> tuple[float, Floats]:
        """Sum of -log p(label) over rows, in nats, and ``scale`` times its gradient by ``hidden``."""
        loss, dhidden = 0.0, np.empty_like(hidden)
        for start in range(0, len(hidden), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            part, dhidden[rows] = self._chunk(hidden[rows], labels[rows], scale)
            loss += part
        return loss, dhidden

    def _chunk(self, hidden: Floats, labels: Indices, scale: float) -> tuple[float, Floats]:
        """d(-log p(label)) / d logits = p - onehot(label)."""
        columns = labels if self._place is None else self._place[labels]
        probabilities = softmax_in_place(hidden @ self._rows.T)
        if self._place is None:
            self._note_likely(probabilities)
        at = np.arange(len(labels))
        loss = -np.log(np.maximum(probabilities[at, columns], np.float32(1e-30))).sum(dtype=np.float64)
        probabilities[at, columns] -= 1.0
        probabilities *= np.float32(scale)
        return float(loss), probabilities @ self._rows

    def _note_likely(self, probabilities: Floats) -> None:
        likely = probabilities.max(axis=0) > LIKELY
        with self._lock:  # |= reads and writes: two threads at once could lose a token
            self.seen |= likely
