"""One Llama layer: forward for a frozen layer, forward and backward for one that carries adapters.

h = x + attention(norm(x)), y = h + mlp(norm(h)) with RMSNorm (arXiv:1910.07467) and SwiGLU (arXiv:2002.05202).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ftsdk.trainers.smol.attention import attend, attend_backward
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.layout import Indices, Segment
from ftsdk.trainers.smol.lora import AdaptedLayer, Gradient
from ftsdk.trainers.smol.rope import Rotation
from ftsdk.trainers.smol.weights import LayerWeights, LlamaConfig

# Rows of the MLP handled at once, so that what SwiGLU reads and writes stays in the second-level cache.
CHUNK = 48


def inverse_rms(x: Floats, epsilon: float) -> Floats:
    """1 / sqrt(mean(x^2) + epsilon) of each row, as a column."""
    mean_square = np.einsum("tc,tc->t", x, x)[:, None] / np.float32(x.shape[1])
    return np.asarray(1.0 / np.sqrt(mean_square + np.float32(epsilon)), dtype=np.float32)


def rms_norm(x: Floats, weight: Floats, epsilon: float) -> Floats:
    """RMSNorm: x / rms(x) * weight."""
    normed = x * inverse_rms(x, epsilon)
    normed *= weight
    return normed


def rms_norm_backward(dy: Floats, x: Floats, inverse: Floats, weight: Floats) -> Floats:
    """With r = 1/rms(x) and g = dy * weight: dx = r g - x r^3 mean(g x)."""
    dx = dy * weight
    mean = np.einsum("tc,tc->t", dx, x)[:, None] / np.float32(x.shape[1])
    dx -= x * (mean * inverse * inverse)
    dx *= inverse
    return dx


def swiglu(gate_up: Floats, out: Floats) -> None:
    """out = silu(gate) * up with silu(g) = g sigmoid(g); gate and up lie side by side."""
    width = out.shape[1]
    for start in range(0, len(gate_up), CHUNK):
        gate, up = gate_up[start : start + CHUNK, :width], gate_up[start : start + CHUNK, width:]
        product = gate * up
        product *= _sigmoid(gate)
        out[start : start + CHUNK] = product


def swiglu_backward(dy: Floats, gate_up: Floats) -> Floats:
    """d gate = dy up sigmoid(g) (1 + g (1 - sigmoid(g))), d up = dy silu(g), side by side."""
    width = dy.shape[1]
    dgate_up = np.empty_like(gate_up)
    for start in range(0, len(gate_up), CHUNK):
        rows = slice(start, start + CHUNK)
        gate, up, dout = gate_up[rows, :width], gate_up[rows, width:], dy[rows]
        sigmoid = _sigmoid(gate)
        silu = gate * sigmoid
        np.multiply(dout, silu, out=dgate_up[rows, width:])
        slope = 1.0 - sigmoid
        slope *= silu
        slope += sigmoid
        slope *= up
        slope *= dout
        dgate_up[rows, :width] = slope
    return dgate_up


def _sigmoid(x: Floats) -> Floats:
    y = np.negative(x)
    with np.errstate(over="ignore"):  # exp(-x) = inf for very negative x, and 1 / inf = 0 is right
        np.exp(y, out=y)
    y += 1.0
    return np.reciprocal(y, out=y)


def split_heads(qkv: Floats, config: LlamaConfig) -> tuple[Floats, Floats, Floats]:
    """The fused product's columns as q (rows, heads, d), k and v (rows, kv_heads, d); views."""
    hidden, kv, d = config.hidden, config.kv_width, config.head_dim
    q, k, v = qkv[:, :hidden], qkv[:, hidden : hidden + kv], qkv[:, hidden + kv :]
    return q.reshape(len(q), -1, d), k.reshape(len(k), -1, d), v.reshape(len(v), -1, d)


def mlp(h: Floats, layer: LayerWeights, epsilon: float) -> Floats:
    """h + mlp(norm(h)), written over h."""
    gate_up = rms_norm(h, layer.mlp_norm, epsilon) @ layer.gate_up
    hidden = np.empty((len(h), gate_up.shape[1] // 2), np.float32)
    swiglu(gate_up, hidden)
    h += hidden @ layer.down
    return h


def frozen_forward(
    x: Floats, layer: LayerWeights, config: LlamaConfig, rotation: Rotation, segments: list[Segment]
) -> Floats:
    """A layer without adapters; nothing is kept."""
    qkv = rms_norm(x, layer.attention_norm, config.epsilon) @ layer.qkv
    q, k, v = split_heads(qkv, config)
    x = x + attend(rotation.apply(q), rotation.apply(k), v, segments) @ layer.output
    return mlp(x, layer, config.epsilon)


@dataclass
class Kept:
    """What a layer's backward pass needs from its forward pass; ``*_input`` are the products' [x u]."""

    x: Floats
    x_inverse: Floats
    qkv_input: Floats
    q: Floats
    k: Floats
    v: Floats
    output_input: Floats
    h: Floats
    h_inverse: Floats
    gate_up_input: Floats
    gate_up: Floats
    down_input: Floats


@dataclass
class AdaptedBlock:
    """One adapted layer at one step; ``selected`` rows alone are computed past the keys and values (None: all)."""

    layer: AdaptedLayer
    config: LlamaConfig
    rotation: Rotation
    segments: list[Segment]
    selected: Indices | None = None

    def forward(self, x: Floats) -> tuple[Floats, Kept]:
        """y of the (selected) rows, and what `backward` needs."""
        layer, config = self.layer, self.config
        x_inverse = inverse_rms(x, config.epsilon)
        qkv_input = layer.qkv.room(len(x))
        _normed(x, x_inverse, layer.attention_norm, qkv_input)
        q, k, v = split_heads(layer.qkv.forward(qkv_input), config)
        q, k = self._select(self.rotation.apply(q)), self.rotation.apply(k)
        output_input = layer.output.room(len(q))
        output_input[:, : config.hidden] = attend(q, k, v, self.segments)
        h = self._select(x) + layer.output.forward(output_input)
        h_inverse = inverse_rms(h, config.epsilon)
        gate_up_input = layer.gate_up.room(len(h))
        _normed(h, h_inverse, layer.mlp_norm, gate_up_input)
        gate_up = layer.gate_up.forward(gate_up_input)
        down_input = layer.down.room(len(h))
        swiglu(gate_up, down_input[:, : config.mlp])
        y = layer.down.forward(down_input)
        y += h
        return y, Kept(x, x_inverse, qkv_input, q, k, v, output_input, h, h_inverse, gate_up_input, gate_up, down_input)

    def backward(self, dy: Floats, kept: Kept, gradient: list[Gradient], *, input_needed: bool) -> Floats:
        """Add the adapters' gradients to ``gradient`` (by `MATRICES`); return dx (dy where dx is of no use)."""
        layer = self.layer
        g_qkv, g_output, g_gate_up, g_down = gradient
        dmlp = layer.down.backward(dy, kept.down_input, g_down)
        dgate_up = swiglu_backward(dmlp, kept.gate_up)
        dnormed = layer.gate_up.backward(dgate_up, kept.gate_up_input, g_gate_up)
        dh = rms_norm_backward(dnormed, kept.h, kept.h_inverse, layer.mlp_norm)
        dh += dy
        dattended = layer.output.backward(dh, kept.output_input, g_output)
        dqkv = self._attention_backward(dattended, kept)
        dnormed = layer.qkv.backward(dqkv, kept.qkv_input, g_qkv, input_needed=input_needed)
        if not input_needed:
            return dy
        dx = rms_norm_backward(dnormed, kept.x, kept.x_inverse, layer.attention_norm)
        if self.selected is None:
            dx += dh
        else:
            dx[self.selected] += dh
        return dx

    def _attention_backward(self, dattended: Floats, kept: Kept) -> Floats:
        rows, hidden, kv = len(kept.x), self.config.hidden, self.config.kv_width
        dq, dk, dv = attend_backward(np.ascontiguousarray(dattended), kept.q, kept.k, kept.v, self.segments)
        if self.selected is not None:
            selected_dq, dq = dq, np.zeros((rows, *dq.shape[1:]), np.float32)
            dq[self.selected] = selected_dq
        dqkv = np.empty((rows, hidden + 2 * kv), np.float32)
        dqkv[:, :hidden] = self.rotation.undo(dq).reshape(rows, -1)
        dqkv[:, hidden : hidden + kv] = self.rotation.undo(dk).reshape(rows, -1)
        dqkv[:, hidden + kv :] = dv.reshape(rows, -1)
        return dqkv

    def _select(self, x: Floats) -> Floats:
        return x if self.selected is None else x[self.selected]


def _normed(x: Floats, inverse: Floats, weight: Floats, out: Floats) -> None:
    """RMSNorm of x into the first columns of a product's [x u]."""
    columns = out[:, : x.shape[1]]
    np.multiply(x, inverse, out=columns)
    columns *= weight
