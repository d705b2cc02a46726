"""Low-rank adaptation (LoRA, arXiv:2106.09685): y = x W + s (x A) B with s = alpha / rank, W frozen, B zero at first.

W and B lie in one table, W above B. With u = s (x A) beside x, one product [x u] [W; B] does base and adapter at once,
and in the backward pass one product dy [W; B]^T gives the base's part of dx and du together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.weights import LayerWeights, Llama

MATRICES = ("qkv", "output", "gate_up", "down")


class LoraLinear:
    """One adapted matrix. ``a`` (inputs, rank) lies where the optimiser writes it; ``b`` (rank, outputs) in a table."""

    def __init__(self, weight: Floats, rank: int, alpha: float) -> None:
        inputs, outputs = weight.shape
        self.inputs, self.scale = inputs, np.float32(alpha / rank)
        self.table = np.concatenate([weight, np.zeros((rank, outputs), np.float32)])
        self.a = np.zeros((inputs, rank), np.float32)
        self.b = self.table[inputs:]

    def room(self, rows: int) -> Floats:
        """An uninitialised [x u]; the caller writes x into its first ``inputs`` columns."""
        return np.empty((rows, len(self.table)), np.float32)

    def forward(self, augmented: Floats) -> Floats:
        """y for [x u]; this writes u."""
        u = augmented[:, self.inputs :]
        np.multiply(augmented[:, : self.inputs] @ self.a, self.scale, out=u)
        return np.asarray(augmented @ self.table)

    def backward(self, dy: Floats, augmented: Floats, gradient: Gradient, *, input_needed: bool = True) -> Floats:
        """Write dA and dB to ``gradient``; return dx (or du alone, where dx is of no use)."""
        x, u = augmented[:, : self.inputs], augmented[:, self.inputs :]
        daugmented: Floats = dy @ self.table.T if input_needed else dy @ self.b.T
        du: Floats = daugmented[:, self.inputs :] if input_needed else daugmented
        du *= self.scale
        np.matmul(u.T, dy, out=gradient.b)
        np.matmul(x.T, du, out=gradient.a)
        if not input_needed:
            return du
        dx: Floats = daugmented[:, : self.inputs]
        dx += du @ self.a.T
        return dx


@dataclass
class Gradient:
    """dA and dB of one adapted matrix; views into a flat vector."""

    a: Floats
    b: Floats


@dataclass
class AdaptedLayer:
    """A layer whose four matrices carry adapters."""

    attention_norm: Floats
    mlp_norm: Floats
    qkv: LoraLinear
    output: LoraLinear
    gate_up: LoraLinear
    down: LoraLinear

    def matrices(self) -> Iterator[LoraLinear]:
        """The four, in the order of `MATRICES`."""
        for name in MATRICES:
            yield getattr(self, name)


class Adapter:
    """Adapters on the top layers, and all their numbers as one flat vector ``theta``."""

    def __init__(self, model: Llama, *, layers: int, rank: int, alpha: float, seed: int) -> None:
        self.first = model.config.layers - layers
        self.rank, self.alpha = rank, alpha
        self.layers = [_adapt(weights, rank, alpha) for weights in model.layers[self.first :]]
        self.theta = np.zeros(sum(m.a.size + m.b.size for m in self._matrices()), np.float32)
        self._initialise(seed)

    def _matrices(self) -> Iterator[LoraLinear]:
        for layer in self.layers:
            yield from layer.matrices()

    def _initialise(self, seed: int) -> None:
        """A uniform in +-1/sqrt(inputs), B zero: what PEFT's default (Kaiming uniform with a = sqrt 5) comes to."""
        random = np.random.Generator(np.random.PCG64(seed))
        for matrix, view in zip(self._matrices(), self._views(self.theta), strict=True):
            bound = matrix.inputs**-0.5
            view.a[:] = random.uniform(-bound, bound, view.a.shape)
        self.install()

    def install(self) -> None:
        """Put ``theta`` to work: A is used where it lies, B is copied into the tables."""
        for matrix, view in zip(self._matrices(), self._views(self.theta), strict=True):
            matrix.a, matrix.b[:] = view.a, view.b

    def views(self, flat: Floats) -> list[list[Gradient]]:
        """A vector of ``theta``'s shape as (A, B) by layer and by matrix, in the order of `MATRICES`."""
        views = list(self._views(flat))
        return [views[at : at + len(MATRICES)] for at in range(0, len(views), len(MATRICES))]

    def _views(self, flat: Floats) -> Iterator[Gradient]:
        at = 0
        for matrix in self._matrices():
            a = flat[at : at + matrix.a.size].reshape(matrix.a.shape)
            at += a.size
            b = flat[at : at + matrix.b.size].reshape(matrix.b.shape)
            at += b.size
            yield Gradient(a, b)


def _adapt(weights: LayerWeights, rank: int, alpha: float) -> AdaptedLayer:
    adapted = {name: LoraLinear(getattr(weights, name), rank, alpha) for name in MATRICES}
    return AdaptedLayer(weights.attention_norm, weights.mlp_norm, **adapted)
