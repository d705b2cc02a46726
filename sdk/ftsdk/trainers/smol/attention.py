"""Causal attention with grouped queries, forward and backward.

softmax(Q K^T / sqrt(d)) V: arXiv:1706.03762; several query heads share one key-value head: arXiv:2305.13245.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.layout import Segment


def softmax_in_place(scores: Floats) -> Floats:
    """exp(s - max s) / sum over the last axis, written over ``scores``."""
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    return scores


@dataclass(frozen=True)
class Attended:
    """What the backward pass of one segment needs: queries (already divided by sqrt d), keys, values, probabilities."""

    queries: Floats
    keys: Floats
    values: Floats
    probabilities: Floats


def attend(q: Floats, k: Floats, v: Floats, segments: Sequence[Segment], out: Floats) -> list[Attended]:
    """Attention of all segments. q: (queries, heads, d), k and v: (rows, kv_heads, d); written to ``out``, like q."""
    kept = []
    for segment in segments:
        queries, keys, values = _group(q[segment.queries], k) * _scale(q), _gather(k, segment), _gather(v, segment)
        probabilities = softmax_in_place(_scores(queries, keys, segment.bias))
        out[segment.queries] = _ungroup(probabilities @ values, q.shape[1])
        kept.append(Attended(queries, keys, values, probabilities))
    return kept


def attend_backward(
    dout: Floats, kept: Sequence[Attended], segments: Sequence[Segment], dq: Floats, dk: Floats, dv: Floats
) -> None:
    """Write the gradient of `attend`'s queries to ``dq``; add those of its keys and values to ``dk`` and ``dv``.

    With P the probabilities: dV = P^T dO, dP = dO V^T, dS = P (dP - rowsum(P dP)), dQ = dS K, dK = dS^T Q.
    """
    for segment, seen in zip(segments, kept, strict=True):
        grouped_dout = _group(dout[segment.queries], dk)
        _scatter(dv, segment, seen.probabilities.swapaxes(1, 2) @ grouped_dout)
        dscores: Floats = grouped_dout @ seen.values.swapaxes(1, 2)
        dscores -= np.einsum("gqk,gqk->gq", dscores, seen.probabilities)[:, :, None]
        dscores *= seen.probabilities
        _scatter(dk, segment, dscores.swapaxes(1, 2) @ seen.queries)
        dqueries: Floats = dscores @ seen.keys
        dqueries *= _scale(dout)
        dq[segment.queries] = _ungroup(dqueries, dout.shape[1])


def _scale(q: Floats) -> np.float32:
    return np.float32(q.shape[-1] ** -0.5)


def _scores(queries: Floats, keys: Floats, bias: Floats) -> Floats:
    scores: Floats = np.matmul(queries, keys.swapaxes(1, 2))
    groups, rows, columns = scores.shape
    by_head = scores.reshape(groups, rows // len(bias), len(bias), columns)
    by_head += bias
    return scores


def _group(x: Floats, k: Floats) -> Floats:
    """(n, heads, d) -> (kv_heads, heads per group x n, d): the query heads of a group stand below each other."""
    n, heads, width = x.shape
    groups = k.shape[1]
    return x.reshape(n, groups, heads // groups, width).transpose(1, 2, 0, 3).reshape(groups, -1, width)


def _ungroup(x: Floats, heads: int) -> Floats:
    """The inverse of `_group`: (kv_heads, heads per group x n, d) -> (n, heads, d)."""
    groups, rows, width = x.shape
    n = rows * groups // heads
    return x.reshape(groups, heads // groups, n, width).transpose(2, 0, 1, 3).reshape(n, heads, width)


def _gather(x: Floats, segment: Segment) -> Floats:
    """The shared prefix's keys (or values), then the segment's own: (kv_heads, prefix + own, d)."""
    own = x[segment.keys]
    seen = np.concatenate([x[: segment.prefix], own]) if segment.prefix else own
    return seen.transpose(1, 0, 2)


def _scatter(x: Floats, segment: Segment, gradient: Floats) -> None:
    """Add a gradient of `_gather`'s result to the rows it came from."""
    by_row = gradient.transpose(1, 0, 2)
    x[: segment.prefix] += by_row[: segment.prefix]
    x[segment.keys] += by_row[segment.prefix :]
