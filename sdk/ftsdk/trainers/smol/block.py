"""What a Llama layer is made of, each part with its backward pass, and the whole of a layer without adapters.

h = x + attention(norm(x)), y = h + mlp(norm(h)) with RMSNorm (arXiv:1910.07467) and SwiGLU (arXiv:2002.05202).
"""

from __future__ import annotations

import numpy as np

from ftsdk.trainers.smol.attention import attend
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.layout import Segment
from ftsdk.trainers.smol.rope import Rotation
from ftsdk.trainers.smol.weights import LayerWeights, LlamaConfig

# Rows of the MLP handled at once, so that what SwiGLU reads and writes stays in the second-level cache.
CHUNK = 16


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


def swiglu(gate_up: Floats, out: Floats, sigmoid: Floats | None = None) -> None:
    """out = silu(gate) * up with silu(g) = g sigmoid(g); gate and up lie side by side.

    ``sigmoid``, like ``out``, keeps sigmoid(gate) for the backward pass.
    """
    width = out.shape[1]
    for start in range(0, len(gate_up), CHUNK):
        rows = slice(start, start + CHUNK)
        gate, up = gate_up[rows, :width], gate_up[rows, width:]
        np.multiply(gate, up, out=out[rows])
        out[rows] *= _sigmoid(gate, None if sigmoid is None else sigmoid[rows])


def swiglu_backward(dy: Floats, gate_up: Floats, sigmoid: Floats) -> None:
    """d gate = dy up (sigmoid(g) + silu(g) (1 - sigmoid(g))), d up = dy silu(g), written over gate and up."""
    width = dy.shape[1]
    for start in range(0, len(gate_up), CHUNK):
        rows = slice(start, start + CHUNK)
        gate, up, dout, s = gate_up[rows, :width], gate_up[rows, width:], dy[rows], sigmoid[rows]
        silu, slope = gate * s, 1.0 - s
        slope *= silu
        slope += s
        slope *= up
        np.multiply(slope, dout, out=gate)
        np.multiply(silu, dout, out=up)


def _sigmoid(x: Floats, out: Floats | None = None) -> Floats:
    y = np.negative(x, out=out)
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
    attended = np.empty(q.shape, np.float32)
    attend(rotation.apply(q), rotation.apply(k), v, segments, attended)
    x = x + attended.reshape(len(x), -1) @ layer.output
    return mlp(x, layer, config.epsilon)
