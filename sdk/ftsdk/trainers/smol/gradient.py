"""Loss and gradient of one batch, its rows in one matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ftsdk.trainers.smol.adapted import AdaptedBlock, Kept
from ftsdk.trainers.smol.batches import ActivationCache, Row
from ftsdk.trainers.smol.block import inverse_rms, rms_norm, rms_norm_backward
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.layout import Indices, Layout, make_layout
from ftsdk.trainers.smol.lora import Adapter
from ftsdk.trainers.smol.loss import Scored, Vocabulary
from ftsdk.trainers.smol.rope import Rotation
from ftsdk.trainers.smol.weights import Llama, LlamaConfig

# A batch whose layers keep more than this keeps only each layer's input and computes the layer again on the way back
# (arXiv:1604.06174): long conversations would not fit into memory.
KEEP_BYTES = 450_000_000


class GradientOfBatch:
    """The function from a batch of row numbers to its loss and gradient; it has memory of its own for the gradient."""

    def __init__(
        self,
        model: Llama,
        adapter: Adapter,
        vocabulary: Vocabulary,
        rows: Sequence[Row],
        cache: ActivationCache,
        prefix: int,
    ) -> None:
        self.model, self.adapter, self.vocabulary = model, adapter, vocabulary
        self.rows, self.cache, self.prefix = rows, cache, prefix
        self.gradient = np.empty_like(adapter.theta)

    def __call__(self, part: Sequence[int], in_batch: int) -> Scored:
        """Score the labelled tokens of a part of a batch with ``in_batch`` of them.

        What the part gives to the gradient of the batch's mean loss by the adapter is then in ``gradient``.
        """
        x, layout, labels = self._given(part)
        return self._through_layers(x, layout, labels, in_batch)

    def loss(self, batch: Sequence[int]) -> float:
        """The sum of -log p over the batch's labelled tokens, without a gradient."""
        x, layout, labels = self._given(batch)
        for block in self._blocks(layout):
            x, _ = block.forward(x)
        return self.vocabulary.loss(rms_norm(x, self.model.output_norm, self.model.config.epsilon), labels)

    def _given(self, batch: Sequence[int]) -> tuple[Floats, Layout, Indices]:
        """What comes out of the frozen layers, how the rows lie in it, and what is to be predicted."""
        rows = [self.rows[index] for index in batch]
        lengths = [len(row.tokens) - 1 - self.prefix for row in rows]
        layout = make_layout(self.prefix, lengths, [[at - self.prefix for at in row.wanted] for row in rows])
        x = np.concatenate([self.cache.prefix(), *(self.cache.own(index) for index in batch)])
        return x, layout, np.array([label for row in rows for label in row.labels])

    def _through_layers(self, x: Floats, layout: Layout, labels: Indices, in_batch: int) -> Scored:
        blocks, gradients = self._blocks(layout), self.adapter.views(self.gradient)
        keep_all = len(blocks) * kept_bytes(self.model.config, layout) <= KEEP_BYTES
        inputs, kept = list[Floats](), list[Kept | None]()
        for block in blocks:
            inputs.append(x)
            x, keep = block.forward(x)
            kept.append(keep if keep_all else None)
        norm, epsilon = self.model.output_norm, self.model.config.epsilon
        scored = self.vocabulary.cross_entropy(rms_norm(x, norm, epsilon), labels, in_batch)
        dx = rms_norm_backward(scored.dhidden, x, inverse_rms(x, epsilon), norm)
        for index in reversed(range(len(blocks))):
            keep = kept.pop() or blocks[index].forward(inputs[index])[1]
            dx = blocks[index].backward(dx, keep, gradients[index], input_needed=index > 0)
        return scored

    def _blocks(self, layout: Layout) -> list[AdaptedBlock]:
        config, layers = self.model.config, self.adapter.layers
        rotation = Rotation(config, layout.positions)
        lower = [AdaptedBlock(layer, config, rotation, layout.segments) for layer in layers[:-1]]
        return [*lower, AdaptedBlock(layers[-1], config, rotation, layout.last_segments, layout.selected)]


def kept_bytes(config: LlamaConfig, layout: Layout) -> int:
    """What one layer keeps of its forward pass, adapters left out: its `Kept`, and the scores of each segment."""
    numbers = 4 * config.hidden + 2 * (config.hidden + 2 * config.kv_width) + 4 * config.mlp
    return 4 * (layout.rows * numbers + layout.scores * config.heads)
