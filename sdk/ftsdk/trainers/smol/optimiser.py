"""Adam (arXiv:1412.6980) on one flat vector, a cosine schedule with warm-up (arXiv:1608.03983), clipping by norm."""

from __future__ import annotations

import math

import numpy as np

from ftsdk.trainers.contract import Hyperparameters
from ftsdk.trainers.smol.gguf_file import Floats

EPSILON = 1e-8


def learning_rate(step: int, steps: int, numbers: Hyperparameters) -> float:
    """The rate of step ``step`` (from 0): linear up over the warm-up, then a half cosine down to 0."""
    warmup = math.ceil(numbers.warmup_ratio * steps)
    if step < warmup:
        return numbers.learning_rate * (step + 1) / warmup
    progress = (step - warmup) / max(1, steps - warmup)
    return numbers.learning_rate * 0.5 * (1.0 + math.cos(math.pi * progress))


def clip(gradient: Floats, max_norm: float) -> float:
    """Scale ``gradient`` down to ``max_norm`` if it is longer (arXiv:1211.5063); return its norm before."""
    norm = float(np.sqrt(np.einsum("i,i->", gradient, gradient, dtype=np.float64)))
    if norm > max_norm:
        gradient *= np.float32(max_norm / norm)
    return norm


class Adam:
    """First and second moments of the gradient; ``first`` and ``second`` have the parameters' shape."""

    def __init__(self, size: int, numbers: Hyperparameters) -> None:
        self.first = np.zeros(size, np.float32)
        self.second = np.zeros(size, np.float32)
        self._beta1, self._beta2 = numbers.adam_beta1, numbers.adam_beta2

    def step(self, theta: Floats, gradient: Floats, rate: float, count: int) -> None:
        """theta -= rate * m_hat / (sqrt(v_hat) + epsilon), in place; ``count`` is the number of this step, from 1."""
        self.first *= np.float32(self._beta1)
        self.first += np.float32(1 - self._beta1) * gradient
        self.second *= np.float32(self._beta2)
        self.second += np.float32(1 - self._beta2) * (gradient * gradient)
        corrected = np.sqrt(self.second / np.float32(1 - self._beta2**count))
        corrected += np.float32(EPSILON)
        theta -= np.float32(rate / (1 - self._beta1**count)) * self.first / corrected
