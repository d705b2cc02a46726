"""One Llama layer that carries adapters, forward and backward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ftsdk.trainers.smol.attention import Attended, attend, attend_backward
from ftsdk.trainers.smol.block import inverse_rms, rms_norm_backward, swiglu, swiglu_backward
from ftsdk.trainers.smol.exchange import Party
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.layout import Indices, Segment
from ftsdk.trainers.smol.lora import AdaptedLayer, Gradient
from ftsdk.trainers.smol.rope import Rotation
from ftsdk.trainers.smol.weights import LlamaConfig


@dataclass
class Kept:
    """What a layer's backward pass needs from its forward pass; ``*_input`` are the products' [x u]."""

    x: Floats
    x_inverse: Floats
    qkv_input: Floats
    attended: list[Attended]
    output_input: Floats
    h: Floats
    h_inverse: Floats
    gate_up_input: Floats
    gate_up: Floats
    sigmoid: Floats
    down_input: Floats


@dataclass
class AdaptedBlock:
    """One adapted layer, the ``number``th, at one step; only ``selected`` rows go past the keys and values (None: all).

    ``party`` is there where several threads share the step.
    """

    number: int
    layer: AdaptedLayer
    config: LlamaConfig
    rotation: Rotation
    segments: Sequence[Segment]
    party: Party | None = None
    selected: Indices | None = None

    def forward(self, x: Floats) -> tuple[Floats, Kept]:
        """y of the (selected) rows, and what `backward` needs."""
        layer, epsilon = self.layer, self.config.epsilon
        x_inverse, qkv_input = inverse_rms(x, epsilon), layer.qkv.room(len(x))
        _normed(x, x_inverse, layer.attention_norm, qkv_input)
        attended, output_input = self._attend(layer.qkv.forward(qkv_input))
        h = layer.output.forward(output_input)
        h += x if self.selected is None else x[self.selected]
        h_inverse, gate_up_input = inverse_rms(h, epsilon), layer.gate_up.room(len(h))
        _normed(h, h_inverse, layer.mlp_norm, gate_up_input)
        gate_up, down_input = layer.gate_up.forward(gate_up_input), layer.down.room(len(h))
        sigmoid = np.empty((len(h), self.config.mlp), np.float32)
        swiglu(gate_up, down_input[:, : self.config.mlp], sigmoid)
        y = layer.down.forward(down_input)
        y += h
        kept = Kept(
            x, x_inverse, qkv_input, attended, output_input, h, h_inverse, gate_up_input, gate_up, sigmoid, down_input
        )
        return y, kept

    def backward(self, dy: Floats, kept: Kept, gradient: Sequence[Gradient], *, input_needed: bool) -> Floats:
        """Write the adapters' gradients (by `MATRICES`) to ``gradient``; return dx, which is no use if not needed.

        ``kept`` is used up.
        """
        layer, (g_qkv, g_output, g_gate_up, g_down) = self.layer, gradient
        dgate_up = kept.gate_up
        swiglu_backward(layer.down.backward(dy, kept.down_input, g_down), dgate_up, kept.sigmoid)
        dnormed = layer.gate_up.backward(dgate_up, kept.gate_up_input, g_gate_up)
        dh = rms_norm_backward(dnormed, kept.h, kept.h_inverse, layer.mlp_norm)
        dh += dy
        dqkv = self._attend_backward(layer.output.backward(dh, kept.output_input, g_output), kept)
        dnormed = layer.qkv.backward(dqkv, kept.qkv_input, g_qkv, input_needed=input_needed)
        if not input_needed:
            return dnormed
        dx = rms_norm_backward(dnormed, kept.x, kept.x_inverse, layer.attention_norm)
        dx += self._of_rows(dh, len(dx))
        return dx

    def _attend(self, flat: Floats) -> tuple[list[Attended], Floats]:
        """From the fused product to the next product's [x u], u not yet written."""
        heads, kv = self.config.heads, self.config.kv_heads
        qkv = flat.reshape(len(flat), -1, self.config.head_dim)
        self.rotation.apply_in_place(qkv[:, :-kv])
        q = qkv[:, :heads] if self.selected is None else qkv[self.selected, :heads]
        seen = qkv[:, heads:] if self.party is None else self.party.gather(self.number, qkv[:, heads:])
        augmented = self.layer.output.room(len(q))
        out = augmented[:, : self.config.hidden].reshape(q.shape)
        attended = attend(q, seen[:, :kv], seen[:, kv:], self.segments, out)
        return attended, augmented

    def _attend_backward(self, flat: Floats, kept: Kept) -> Floats:
        """The gradient of the fused product."""
        heads, kv, d = self.config.heads, self.config.kv_heads, self.config.head_dim
        dattended = flat.reshape(len(flat), heads, d)
        dqkv = np.zeros((len(kept.x), heads + 2 * kv, d), np.float32)
        dq = np.empty_like(dattended)
        dseen = dqkv[:, heads:] if self.party is None else self.party.room(dqkv[:, heads:])
        attend_backward(dattended, kept.attended, self.segments, dq, dseen[:, :kv], dseen[:, kv:])
        if self.party is not None:
            dqkv[:, heads:] = self.party.scatter(self.number, dseen)
        dqkv[:, :heads] = self._of_rows(dq, len(dqkv))
        self.rotation.undo_in_place(dqkv[:, :-kv])
        return dqkv.reshape(len(dqkv), -1)

    def _of_rows(self, dqueries: Floats, rows: int) -> Floats:
        """A gradient by queries as one by the rows they are: 0 for a row that is not selected."""
        if self.selected is None:
            return dqueries
        dinput = np.zeros((rows, *dqueries.shape[1:]), np.float32)
        dinput[self.selected] = dqueries
        return dinput


def _normed(x: Floats, inverse: Floats, weight: Floats, out: Floats) -> None:
    """RMSNorm of x into the first columns of a product's [x u]."""
    columns = out[:, : x.shape[1]]
    np.multiply(x, inverse, out=columns)
    columns *= weight
