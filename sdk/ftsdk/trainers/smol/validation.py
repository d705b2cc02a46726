"""Rows that are scored after every epoch and never learnt from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ftsdk.trainers.smol.batches import ActivationCache, Row, shared_prefix
from ftsdk.trainers.smol.gradient import GradientOfBatch
from ftsdk.trainers.smol.lora import Adapter
from ftsdk.trainers.smol.loss import Vocabulary
from ftsdk.trainers.smol.weights import Llama

ROWS_AT_ONCE = 4


class Validation:
    """The validation rows of one job; the frozen layers' output for them is kept like that of the training rows."""

    def __init__(self, directory: Path, model: Llama, frozen: int, rows: Sequence[Row]) -> None:
        self.rows, self._model = rows, model
        self._prefix = shared_prefix(rows)
        self.cache = ActivationCache(directory, model, frozen, rows, self._prefix, "validation")
        self._labels = sum(len(row.wanted) for row in rows)

    def loss(self, adapter: Adapter, pool: ThreadPoolExecutor, stop_asked: Callable[[], bool]) -> float | None:
        """Mean loss over the answers' tokens (nats) with ``adapter`` as it is; None when it was asked to stop.

        The whole vocabulary is scored, also where training has cut its own: a token that training never saw likely may
        be what these rows say.
        """
        whole = Vocabulary(self._model.embedding)
        score = GradientOfBatch(self._model, adapter, whole, self.rows, self.cache, self._prefix)
        starts = range(0, len(self.rows), ROWS_AT_ONCE)
        batches = [range(start, min(start + ROWS_AT_ONCE, len(self.rows))) for start in starts]
        losses = pool.map(lambda batch: None if stop_asked() else score.loss(batch), batches)
        total = 0.0
        for loss in losses:
            if loss is None:
                return None
            total += loss
        return total / self._labels
