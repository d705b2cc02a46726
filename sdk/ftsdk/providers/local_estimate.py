"""How long training will take here: the arithmetic of the model over a quick measurement of this machine."""

from __future__ import annotations

import time
from functools import cache
from typing import NamedTuple

from ftsdk.trainers.contract import Hyperparameters

YARDSTICK_SECONDS = 0.15
# Share of the matrix-product peak that training reaches by the count below, which grants the shared beginning of rows
# nothing: the tickets case took 174 to 189 s where this count and 181 GFLOP/s say 186.
EFFICIENCY = 0.74
LABELLED_SHARE = 0.25  # of tokens, in short-answer data; only they pay for the scores over the vocabulary
LOADING_SECONDS = 3.0
LOW, HIGH = 0.75, 2.5  # the caches save more than the formula grants; another process may hold half of the machine


class Shape(NamedTuple):
    """What the count of multiplications depends on (SmolLM2-135M's config.json)."""

    layers: int = 30
    hidden: int = 576
    key_value: int = 192
    mlp: int = 1536
    vocabulary: int = 49_152


def estimate_seconds(tokens: int, hyperparameters: Hyperparameters) -> tuple[float, float, float]:
    """Low, likely and high seconds of training ``tokens`` tokens (all epochs) on this machine."""
    work = tokens * flop_per_token(hyperparameters)
    likely = work / (gemm_flop_per_second() * EFFICIENCY)
    return LOADING_SECONDS + likely * LOW, LOADING_SECONDS + likely, LOADING_SECONDS + likely * HIGH


def flop_per_token(hyperparameters: Hyperparameters, shape: Shape | None = None) -> float:
    """Floating-point operations for one token of training, after Kaplan et al. 2020 (arXiv:2001.08361), section 2.1.

    2 per weight forwards, 2 more backwards through a frozen weight (to its input only), 6 per adapter weight. Layers
    below the adapters run forwards once in all epochs; attention's products with the context are left out (under 5 %).
    """
    shape = shape or Shape()
    hidden, mlp = shape.hidden, shape.mlp
    layer = 2 * hidden * hidden + 2 * hidden * shape.key_value + 3 * hidden * mlp
    tuned = min(hyperparameters.layers, shape.layers)
    fused = (hidden + hidden + 2 * shape.key_value) + 2 * hidden + (hidden + 2 * mlp) + (mlp + hidden)
    adapter = hyperparameters.rank * fused
    frozen = 2 * layer * (shape.layers - tuned) / hyperparameters.epochs
    scores = 4 * hidden * shape.vocabulary * LABELLED_SHARE
    return frozen + tuned * (4 * layer + 6 * adapter) + scores


@cache
def gemm_flop_per_second() -> float:
    """Products of matrices of the model's size, all cores; the best of several moments, once a process.

    The best, because a moment in which another process held a core says nothing of the hours to come.
    """
    import numpy

    left, right = numpy.ones((1024, 576), numpy.float32), numpy.ones((576, 1536), numpy.float32)
    left @ right  # starts BLAS's threads
    shortest, ends = float("inf"), time.perf_counter() + YARDSTICK_SECONDS
    while (began := time.perf_counter()) < ends or shortest == float("inf"):
        left @ right
        shortest = min(shortest, time.perf_counter() - began)
    return 2.0 * 1024 * 576 * 1536 / shortest
