"""Rotary position embedding (RoFormer, arXiv:2104.09864) over the two halves of each head, as Llama does it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.weights import LlamaConfig


class Rotation:
    """cos and sin of the angle position x theta^(-2i/d) for a run of tokens, each (tokens, 1, d/2)."""

    def __init__(self, config: LlamaConfig, positions: NDArray[np.int64]) -> None:
        half = config.head_dim // 2
        frequencies = config.rope_theta ** (-np.arange(half, dtype=np.float64) / half)
        angles = positions[:, None, None] * frequencies
        self.cos = np.cos(angles).astype(np.float32)
        self.sin = np.sin(angles).astype(np.float32)

    def apply(self, x: Floats) -> Floats:
        """Rotate (tokens, heads, d): the pair (x_i, x_{i + d/2}) turns by the i-th angle."""
        return _rotate(x, self.cos, self.sin)

    def undo(self, x: Floats) -> Floats:
        """Rotate back; a rotation's transpose, hence also the backward pass of `apply`."""
        return _rotate(x, self.cos, -self.sin)

    def apply_in_place(self, x: Floats) -> None:
        """`apply`, written over x."""
        _rotate_in_place(x, self.cos, self.sin)

    def undo_in_place(self, x: Floats) -> None:
        """`undo`, written over x."""
        _rotate_in_place(x, self.cos, -self.sin)


def _rotate_in_place(x: Floats, cos: Floats, sin: Floats) -> None:
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    crossed = first * sin
    first *= cos
    first -= second * sin
    second *= cos
    second += crossed


def _rotate(x: Floats, cos: Floats, sin: Floats) -> Floats:
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    turned = np.empty(x.shape, np.float32)
    turned[..., :half] = first * cos - second * sin
    turned[..., half:] = second * cos + first * sin
    return turned
