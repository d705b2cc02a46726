"""Adam (arXiv:1412.6980) on one flat vector, a cosine schedule with warm-up (arXiv:1608.03983), clipping by norm."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ftsdk.trainers.contract import Hyperparameters
from ftsdk.trainers.smol.gguf_file import Floats

EPSILON = 1e-8
# Adam passes ten times over its numbers: this many stay in the cache meanwhile.
NUMBERS_AT_ONCE = 65_536


def learning_rate(step: int, steps: int, numbers: Hyperparameters) -> float:
    """The rate of step ``step`` (from 0): linear up over the warm-up, then a half cosine down to 0."""
    warmup = math.ceil(numbers.warmup_ratio * steps)
    if step < warmup:
        return numbers.learning_rate * (step + 1) / warmup
    progress = (step - warmup) / max(1, steps - warmup)
    return numbers.learning_rate * 0.5 * (1.0 + math.cos(math.pi * progress))


def clip(gradient: Floats, max_norm: float) -> float:
    """Scale ``gradient`` down to ``max_norm`` if it is longer (arXiv:1211.5063); return its norm before."""
    norm = float(np.linalg.norm(gradient))
    if norm > max_norm:
        gradient *= np.float32(max_norm / norm)
    return norm


class Adam:
    """First and second moments of the gradient; ``first`` and ``second`` have the parameters' shape."""

    def __init__(self, size: int, numbers: Hyperparameters) -> None:
        self.first = np.zeros(size, np.float32)
        self.second = np.zeros(size, np.float32)
        self._beta1, self._beta2 = numbers.adam_beta1, numbers.adam_beta2

    def step(self, theta: Floats, gradient: Floats, rate: float, count: int, pool: ThreadPoolExecutor) -> None:
        """theta -= rate * m_hat / (sqrt(v_hat) + epsilon), in place; ``count`` is the number of this step, from 1.

        Each number depends on its own history alone, so that threads may share them out.
        """
        rate /= 1 - self._beta1**count
        correction = np.float32(1 - self._beta2**count)

        def some(start: int) -> None:
            span = slice(start, start + NUMBERS_AT_ONCE)
            first, second, slope = self.first[span], self.second[span], gradient[span]
            first *= np.float32(self._beta1)
            first += np.float32(1 - self._beta1) * slope
            second *= np.float32(self._beta2)
            second += np.float32(1 - self._beta2) * (slope * slope)
            root = np.sqrt(second / correction)
            root += np.float32(EPSILON)
            np.divide(first, root, out=root)
            root *= np.float32(rate)
            theta[span] -= root

        list(pool.map(some, range(0, theta.size, NUMBERS_AT_ONCE)))
