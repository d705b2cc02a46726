"""Loss and gradient of one batch, its rows in one matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ftsdk.trainers.smol.adapted import AdaptedBlock, Kept
from ftsdk.trainers.smol.batches import ActivationCache, Row
from ftsdk.trainers.smol.block import inverse_rms, rms_norm, rms_norm_backward
from ftsdk.trainers.smol.exchange import Exchange, Party
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.layout import Indices, Layout, make_layout
from ftsdk.trainers.smol.lora import Adapter
from ftsdk.trainers.smol.loss import Scored, Vocabulary
from ftsdk.trainers.smol.rope import Rotation
from ftsdk.trainers.smol.weights import Llama, LlamaConfig

# A batch whose layers keep more than this keeps only each layer's input and computes the layer again on the way back
# (arXiv:1604.06174): long conversations would not fit into memory.
KEEP_BYTES = 450_000_000


@dataclass(frozen=True)
class Share:
    """What one thread does of a batch: these ``rows``, and the rows ``prefix`` of the beginning that all have.

    ``party`` is its side of the exchange with the other threads, None where it is alone.
    """

    rows: Sequence[int]
    prefix: slice
    party: Party | None = None


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

    def shares(self, batch: Sequence[int]) -> list[Share]:
        """Halve a batch, the prefix so that the halves have as nearly as possible the same number of rows."""
        middle = (len(batch) + 1) // 2
        halves = [batch[:middle], batch[middle:]]
        if not halves[1] or not self.prefix:
            return [Share(half, slice(0, self.prefix)) for half in halves if half]
        first, second = (sum(self._own(row) for row in half) for half in halves)
        cut = min(max((self.prefix + second - first) // 2, 0), self.prefix)
        parts = [slice(0, cut), slice(cut, self.prefix)]
        exchange = Exchange(self.model.config, len(self.adapter.layers), self.prefix, len(halves))
        parties = [Party(exchange, number, part) for number, part in enumerate(parts)]
        return [Share(*share) for share in zip(halves, parts, parties, strict=True)]

    def __call__(self, share: Share, in_batch: int) -> Scored:
        """Score the labelled tokens of a share of a batch with ``in_batch`` of them.

        What the share gives to the gradient of the batch's mean loss by the adapter is then in ``gradient``. Shares
        with a party must run at the same time.
        """
        try:
            x, layout, labels = self._given(share)
            return self._through_layers(x, layout, labels, in_batch, share.party)
        except BaseException as failure:
            if share.party is not None:
                share.party.fail(failure)
            raise

    def loss(self, batch: Sequence[int]) -> float:
        """The sum of -log p over the batch's labelled tokens, without a gradient."""
        x, layout, labels = self._given(Share(batch, slice(0, self.prefix)))
        for block in self._blocks(layout):
            x, _ = block.forward(x)
        return self.vocabulary.loss(rms_norm(x, self.model.output_norm, self.model.config.epsilon), labels)

    def _own(self, row: int) -> int:
        """How many rows a conversation has after the prefix: its last token predicts nothing."""
        return len(self.rows[row].tokens) - 1 - self.prefix

    def _given(self, share: Share) -> tuple[Floats, Layout, Indices]:
        """What comes out of the frozen layers, how the rows lie in it, and what is to be predicted."""
        rows = [self.rows[index] for index in share.rows]
        wanted = [[at - self.prefix for at in row.wanted] for row in rows]
        layout = make_layout(self.prefix, [self._own(index) for index in share.rows], wanted, share.prefix)
        x = np.concatenate([self.cache.prefix()[share.prefix], *(self.cache.own(index) for index in share.rows)])
        return x, layout, np.array([label for row in rows for label in row.labels])

    def _through_layers(self, x: Floats, layout: Layout, labels: Indices, in_batch: int, party: Party | None) -> Scored:
        blocks, gradients = self._blocks(layout, party), self.adapter.views(self.gradient)
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

    def _blocks(self, layout: Layout, party: Party | None = None) -> list[AdaptedBlock]:
        config, (*lower, last) = self.model.config, enumerate(self.adapter.layers)
        rotation = Rotation(config, layout.positions)
        blocks = [AdaptedBlock(*layer, config, rotation, layout.segments, party) for layer in lower]
        return [*blocks, AdaptedBlock(*last, config, rotation, layout.last_segments, party, layout.selected)]


def kept_bytes(config: LlamaConfig, layout: Layout) -> int:
    """What one layer keeps of its forward pass, adapters left out: its `Kept`, and the scores of each segment."""
    numbers = 4 * config.hidden + 2 * (config.hidden + 2 * config.kv_width) + 4 * config.mlp
    return 4 * (layout.rows * numbers + layout.scores * config.heads)
