"""Loss and gradient of one batch: its rows in one matrix, shared evenly among threads that meet in every layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ftsdk.trainers.smol.adapted import AdaptedBlock, Kept, Share
from ftsdk.trainers.smol.batches import ActivationCache, Row
from ftsdk.trainers.smol.block import inverse_rms, rms_norm, rms_norm_backward
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.layout import Indices, Layout, clip_segments, even_shares, make_layout
from ftsdk.trainers.smol.lora import Adapter
from ftsdk.trainers.smol.loss import Vocabulary
from ftsdk.trainers.smol.rope import Rotation
from ftsdk.trainers.smol.weights import Llama, LlamaConfig

# A batch whose layers keep more than this keeps only each layer's input and computes the layer again on the way back
# (arXiv:1604.06174): long conversations would not fit into memory.
KEEP_BYTES = 900_000_000


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
        self._pool = pool
        self._parts = [np.empty_like(adapter.theta) for _ in range(threads)]

    def __call__(self, batch: Sequence[int]) -> tuple[float, Floats]:
        """Loss summed over the batch's labelled tokens (nats), and the gradient of its mean over them.

        The gradient's memory is used again by the next call.
        """
        rows = [self.rows[index] for index in batch]
        lengths = [len(row.tokens) - 1 - self.prefix for row in rows]
        layout = make_layout(self.prefix, lengths, [[at - self.prefix for at in row.wanted] for row in rows])
        x = np.concatenate([self.cache.prefix(), *(self.cache.own(index) for index in batch)])
        labels = np.array([label for row in rows for label in row.labels])
        parts = self._parts[: len(even_shares(layout.rows, len(self._parts)))]
        loss = self._through_layers(x, layout, labels, parts)
        for other in parts[1:]:
            parts[0] += other
        return loss, parts[0]

    def _through_layers(self, x: Floats, layout: Layout, labels: Indices, parts: Sequence[Floats]) -> float:
        blocks = self._blocks(layout, len(parts))
        together = self._together(len(parts))
        views = [self.adapter.views(part) for part in parts]
        keep_all = len(blocks) * kept_bytes(self.model.config, layout) <= KEEP_BYTES
        inputs, kept = list[Floats](), list[Kept | None]()
        for block in blocks:
            inputs.append(x)
            x, keep = block.forward(x, together)
            kept.append(keep if keep_all else None)
        loss, dx = self._loss(x, labels)
        for index in reversed(range(len(blocks))):
            keep = kept.pop() or blocks[index].forward(inputs[index], together)[1]
            gradients = [view[index] for view in views]
            dx = blocks[index].backward(dx, keep, gradients, together, input_needed=index > 0)
        return loss

    def _together(self, count: int) -> Callable[[Callable[[int], None]], None]:
        def together(do: Callable[[int], None]) -> None:
            list(self._pool.map(do, range(count)))

        return together

    def _blocks(self, layout: Layout, threads: int) -> list[AdaptedBlock]:
        config, layers = self.model.config, self.adapter.layers
        rotation = Rotation(config, layout.positions)
        rows, last = even_shares(layout.rows, threads), even_shares(len(layout.selected), threads)
        last += [slice(0, 0)] * (len(rows) - len(last))
        shares = [Share(own, own, clip_segments(layout.segments, own)) for own in rows]
        last_shares = [
            Share(own, queries, clip_segments(layout.last_segments, queries))
            for own, queries in zip(rows, last, strict=True)
        ]
        lower = [AdaptedBlock(layer, config, rotation, shares) for layer in layers[:-1]]
        return [*lower, AdaptedBlock(layers[-1], config, rotation, last_shares, layout.selected)]

    def _loss(self, x: Floats, labels: Indices) -> tuple[float, Floats]:
        norm, epsilon = self.model.output_norm, self.model.config.epsilon
        loss, dhidden = self.vocabulary.cross_entropy(rms_norm(x, norm, epsilon), labels, self._pool)
        return loss, rms_norm_backward(dhidden, x, inverse_rms(x, epsilon), norm)


def kept_bytes(config: LlamaConfig, layout: Layout) -> int:
    """What one layer keeps of its forward pass, adapters left out: its `Kept`, and the scores of each segment."""
    numbers = 4 * config.hidden + 2 * (config.hidden + 2 * config.kv_width) + 4 * config.mlp
    return 4 * (layout.rows * numbers + layout.scores * config.heads)
