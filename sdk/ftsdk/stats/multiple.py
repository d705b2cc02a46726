"""Correction of p-values for asking several questions of the same rows."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's step-down adjustment (Holm 1979), in the order given; controls the chance of any false positive."""
    count = len(p_values)
    adjusted = [0.0] * count
    running = 0.0
    for rank, index in enumerate(sorted(range(count), key=lambda i: p_values[i])):
        running = max(running, min(1.0, (count - rank) * p_values[index]))
        adjusted[index] = running
    return tuple(adjusted)


def false_discovery(p_values: Sequence[float]) -> tuple[float, ...]:
    """Benjamini and Hochberg's adjustment (1995), in the order given; controls the share of false positives."""
    count = len(p_values)
    adjusted = [0.0] * count
    running = 1.0
    for rank, index in reversed(list(enumerate(sorted(range(count), key=lambda i: p_values[i]), 1))):
        running = min(running, p_values[index] * count / rank)
        adjusted[index] = running
    return tuple(adjusted)
