"""Reading prompts: keys and values of tokens that are all known, many rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ftsdk.trainers.smol.attention import softmax_in_place
from ftsdk.trainers.smol.block import mlp, rms_norm, split_heads
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.layout import spans_of
from ftsdk.trainers.smol.rope import Rotation
from ftsdk.trainers.smol.weights import Llama

# Rows of a prefix read at once: bounds the scores to heads x 512 x context.
ROWS_AT_ONCE = 512


@dataclass(frozen=True)
class Prefix:
    """Tokens that prompts begin with, and their keys and values (layers, kv_heads, tokens, d)."""

    tokens: list[int]
    keys: Floats
    values: Floats

    @property
    def length(self) -> int:
        """How many tokens."""
        return len(self.tokens)

    def cut(self, length: int) -> Prefix:
        """The first ``length`` tokens: exact, for no token sees what follows it."""
        return Prefix(self.tokens[:length], self.keys[:, :, :length], self.values[:, :, :length])


def empty_prefix(model: Llama) -> Prefix:
    """A prefix of no tokens."""
    config = model.config
    nothing = np.empty((config.layers, config.kv_heads, 0, config.head_dim), np.float32)
    return Prefix([], nothing, nothing)


def read_prefix(model: Llama, known: Prefix, tokens: Sequence[int], pool: ThreadPoolExecutor, threads: int) -> Prefix:
    """The prefix of ``tokens``, which begin with those of ``known``; the rows are shared among ``threads``."""
    config, done = model.config, known.length
    shape = (config.layers, config.kv_heads, len(tokens), config.head_dim)
    keys, values = np.empty(shape, np.float32), np.empty(shape, np.float32)
    keys[:, :, :done], values[:, :, :done] = known.keys, known.values
    for start in range(done, len(tokens), ROWS_AT_ONCE):
        stop = min(start + ROWS_AT_ONCE, len(tokens))
        share = -(-(stop - start) // threads)
        spans = [slice(low, min(low + share, stop)) for low in range(start, stop, share)]
        parts = [_PrefixRows(model, tokens, span, keys, values, stop) for span in spans]
        for index in range(config.layers):
            list(pool.map(_PrefixRows.project, parts, [index] * len(parts)))
            list(pool.map(_PrefixRows.finish, parts, [index] * len(parts)))
    return Prefix(list(tokens), keys, values)


class _PrefixRows:
    """One thread's rows of a prefix: all project to keys and values first, then each looks at what came before."""

    def __init__(self, model: Llama, tokens: Sequence[int], span: slice, keys: Floats, values: Floats, stop: int):
        self.model, self.span, self.keys, self.values, self.stop = model, span, keys, values, stop
        positions = np.arange(span.start, span.stop)
        self.rotation = Rotation(model.config, positions)
        self.bias = np.where(np.arange(stop) > positions[:, None], np.float32(-np.inf), np.float32(0))
        self.x = model.embedding[list(tokens[span])]

    def project(self, index: int) -> None:
        layer, config = self.model.layers[index], self.model.config
        q, k, v = split_heads(rms_norm(self.x, layer.attention_norm, config.epsilon) @ layer.qkv, config)
        self.q = self.rotation.apply(q)
        self.keys[index, :, self.span] = self.rotation.apply(k).transpose(1, 0, 2)
        self.values[index, :, self.span] = v.transpose(1, 0, 2)

    def finish(self, index: int) -> None:
        layer, config = self.model.layers[index], self.model.config
        q = by_group(self.q, config.kv_heads)
        scores = q @ self.keys[index, :, : self.stop].swapaxes(1, 2)
        add_bias(scores, self.bias)
        attended = softmax_in_place(scores) @ self.values[index, :, : self.stop]
        self.x += by_row(attended, config.heads) @ layer.output
        self.x = mlp(self.x, layer, config.epsilon)


def read_endings(
    model: Llama, prefix: Prefix, endings: Sequence[Sequence[int]], keep: Callable[[int, int, Floats, Floats], None]
) -> Floats:
    """Read what prompts have after their ``prefix``, packed without padding; return each one's last row (n, hidden).

    ``keep(layer, i, keys, values)`` takes ending i's keys and values, each (kv_heads, tokens, d).
    """
    config = model.config
    spans = spans_of(0, [len(ending) for ending in endings])
    positions = np.concatenate([prefix.length + np.arange(len(ending)) for ending in endings])
    rotation = Rotation(config, positions)
    x = model.embedding[[token for ending in endings for token in ending]]
    for index, layer in enumerate(model.layers):
        q, k, v = split_heads(rms_norm(x, layer.attention_norm, config.epsilon) @ layer.qkv, config)
        q, k, attended = rotation.apply(q), rotation.apply(k), np.empty_like(x)
        for number, span in enumerate(spans):
            keys, values = k[span].transpose(1, 0, 2), v[span].transpose(1, 0, 2)
            keep(index, number, keys, values)
            past = prefix.keys[index], prefix.values[index]
            attended[span] = _attend_after(by_group(q[span], config.kv_heads), past, (keys, values), config.heads)
        x = mlp(x + attended @ layer.output, layer, config.epsilon)
    last: Floats = x[[span.stop - 1 for span in spans]]
    return last


def _attend_after(q: Floats, past: tuple[Floats, Floats], own: tuple[Floats, Floats], heads: int) -> Floats:
    """Attention to a prefix and to one's own tokens, without putting their keys side by side in memory first.

    One group of heads at a time, so that its scores stay in the cache; divided by their sum only at the end.
    """
    before, rows = past[0].shape[1], own[0].shape[1]
    bias = np.triu(np.full((rows, rows), -np.inf, np.float32), 1)
    attended = np.empty(q.shape, np.float32)
    scores = np.empty((q.shape[1], before + rows), np.float32)
    for group, queries in enumerate(q):
        np.matmul(queries, past[0][group].T, out=scores[:, :before])
        np.matmul(queries, own[0][group].T, out=scores[:, before:])
        add_bias(scores[None, :, before:], bias)
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        attended[group] = scores[:, :before] @ past[1][group] + scores[:, before:] @ own[1][group]
        attended[group] /= scores.sum(axis=1, keepdims=True)
    return by_row(attended, heads)


def add_bias(scores: Floats, bias: Floats) -> None:
    """Add (rows, keys) to (kv_heads, heads per group x rows, keys), once for each head of a group."""
    rows = len(bias)
    for start in range(0, scores.shape[1], rows):
        scores[:, start : start + rows] += bias


def by_group(q: Floats, groups: int) -> Floats:
    """(n, heads, d) -> (kv_heads, heads per group x n, d), divided by sqrt(d)."""
    n, heads, width = q.shape
    grouped = q.reshape(n, groups, heads // groups, width).transpose(1, 2, 0, 3).reshape(groups, -1, width)
    return grouped * np.float32(width**-0.5)


def by_row(attended: Floats, heads: int) -> Floats:
    """(kv_heads, heads per group x n, d) -> (n, heads x d)."""
    groups, rows, width = attended.shape
    n = rows * groups // heads
    return attended.reshape(groups, heads // groups, n, width).transpose(2, 0, 1, 3).reshape(n, heads * width)
