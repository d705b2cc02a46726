"""Loss and gradient of one batch: each thread takes a shard, and the shards' gradients are added in a fixed order."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ftsdk.trainers.smol.batches import ActivationCache, Row, shards
from ftsdk.trainers.smol.block import AdaptedBlock, Kept, inverse_rms, rms_norm, rms_norm_backward
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.layout import Indices, Layout, make_layout
from ftsdk.trainers.smol.lora import Adapter, Gradient
from ftsdk.trainers.smol.loss import Vocabulary
from ftsdk.trainers.smol.rope import Rotation
from ftsdk.trainers.smol.weights import Llama

# A shard with more rows than this keeps only each layer's input and computes the layer again on the way back
# (arXiv:1604.06174): 42 KB a token and layer would not fit long conversations into memory.
KEEP_ROWS = 1024


class GradientOfBatch:
    """The function from a batch of row numbers to (summed loss, gradient of the mean loss by the adapter)."""

    def __init__(
        self,
        model: Llama,
        adapter: Adapter,
        vocabulary: Vocabulary,
        rows: Sequence[Row],
        cache: ActivationCache,
        prefix: int,
        pool: ThreadPoolExecutor,
        threads: int,
    ) -> None:
        self.model, self.adapter, self.vocabulary = model, adapter, vocabulary
        self.rows, self.cache, self.prefix = rows, cache, prefix
        self._pool, self._threads = pool, threads
        self._lengths = [len(row.tokens) for row in rows]

    def __call__(self, batch: Sequence[int]) -> tuple[float, Floats]:
        """Loss summed over the batch's labelled tokens (nats), gradient of its mean over them."""
        scale = 1.0 / sum(len(self.rows[row].wanted) for row in batch)
        parts = shards(batch, self._lengths, self._threads)
        results = list(self._pool.map(lambda part: self._shard(part, scale), parts))
        loss, gradient = results[0]
        for other_loss, other_gradient in results[1:]:
            loss += other_loss
            gradient += other_gradient
        return loss, gradient

    def _shard(self, part: Sequence[int], scale: float) -> tuple[float, Floats]:
        rows = [self.rows[index] for index in part]
        lengths = [len(row.tokens) - 1 - self.prefix for row in rows]
        layout = make_layout(self.prefix, lengths, [[at - self.prefix for at in row.wanted] for row in rows])
        x = np.concatenate([self.cache.prefix(), *(self.cache.own(index) for index in part)])
        labels = np.array([label for row in rows for label in row.labels])
        gradient = np.zeros_like(self.adapter.theta)
        loss = self._through_layers(x, layout, labels, scale, self.adapter.views(gradient))
        return loss, gradient

    def _through_layers(
        self, x: Floats, layout: Layout, labels: Indices, scale: float, gradients: list[list[Gradient]]
    ) -> float:
        blocks = self._blocks(layout)
        inputs, kept = list[Floats](), list[Kept | None]()
        for block in blocks:
            inputs.append(x)
            x, keep = block.forward(x)
            kept.append(keep if layout.rows <= KEEP_ROWS else None)
        loss, dx = self._loss(x, labels, scale)
        for index in reversed(range(len(blocks))):
            keep = kept.pop() or blocks[index].forward(inputs[index])[1]
            dx = blocks[index].backward(dx, keep, gradients[index], input_needed=index > 0)
        return loss

    def _blocks(self, layout: Layout) -> list[AdaptedBlock]:
        config, layers = self.model.config, self.adapter.layers
        rotation = Rotation(config, layout.positions)
        lower = [AdaptedBlock(layer, config, rotation, layout.segments) for layer in layers[:-1]]
        return [*lower, AdaptedBlock(layers[-1], config, rotation, layout.last_segments, layout.selected)]

    def _loss(self, x: Floats, labels: Indices, scale: float) -> tuple[float, Floats]:
        norm, epsilon = self.model.output_norm, self.model.config.epsilon
        loss, dhidden = self.vocabulary.cross_entropy(rms_norm(x, norm, epsilon), labels, scale)
        return loss, rms_norm_backward(dhidden, x, inverse_rms(x, epsilon), norm)
