"""Greedy decoding of many prompts at once: a shared prefix read once, keys and values kept, slots refilled.

Finished answers give their place to waiting prompts (continuous batching, Orca, OSDI 2022). Which prompts share a batch
depends on the prompts alone; sums are rounded differently in batches of other sizes, so that where two tokens are as
good as equal an answer may differ between batches, never between runs of the same batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ftsdk.trainers.smol.attention import softmax_in_place
from ftsdk.trainers.smol.block import mlp, rms_norm, split_heads
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.layout import Indices, shared_length
from ftsdk.trainers.smol.prefill import Prefix, empty_prefix, read_endings, read_prefix
from ftsdk.trainers.smol.rope import Rotation
from ftsdk.trainers.smol.weights import Llama

# Keys and values of one token take 46 KB in SmolLM2-135M: this many tokens, over all threads, take 660 MB.
TOKENS_KEPT = 14_336
# Rows of prompt endings read at once by one thread.
ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class Prompt:
    """What to answer: token ids, and how many to write at most."""

    tokens: list[int]
    max_tokens: int


@dataclass(frozen=True)
class Generated:
    """An answer's token ids without the one that ended it; ``seconds`` since the batch was given."""

    tokens: list[int]
    finish_reason: Literal["stop", "length"]
    seconds: float


OnAnswer = Callable[[int, Generated], None]


class Decoder:
    """Answers prompts with one model; the last prefix is remembered, for the next batch mostly shares it."""

    def __init__(self, model: Llama, end: int, threads: int = 2) -> None:
        self.model, self.end, self.threads = model, end, threads
        self._pool = ThreadPoolExecutor(threads)
        self._prefix = empty_prefix(model)

    def generate(self, prompts: Sequence[Prompt], on_answer: OnAnswer) -> None:
        """Call ``on_answer(i, answer)`` for each prompt, as soon as it is finished; from several threads, in any order.

        A prompt and its answer must fit the model's context together, or the answer is cut there.
        """
        started = time.monotonic()
        common = shared_length([prompt.tokens for prompt in prompts])
        prefix = self._prefix_of(prompts[0].tokens[: min(common, *(len(p.tokens) - 1 for p in prompts))])
        order = sorted(range(len(prompts)), key=lambda i: (-len(prompts[i].tokens), i))
        parts = [order[thread :: self.threads] for thread in range(self.threads)]

        def run(part: list[int]) -> None:
            room = TOKENS_KEPT // len(parts)
            _Slots(self.model, prefix, self.end, room).run([(i, prompts[i]) for i in part], on_answer, started)

        list(self._pool.map(run, [part for part in parts if part]))

    def _prefix_of(self, tokens: list[int]) -> Prefix:
        common = shared_length([tokens, self._prefix.tokens])
        if common < len(tokens):
            self._prefix = read_prefix(self.model, self._prefix.cut(common), tokens, self._pool, self.threads)
        return self._prefix.cut(len(tokens))


class _Slots:
    """One thread's batch: slot s holds one prompt's own keys and values; the first ``active`` slots are in use."""

    def __init__(self, model: Llama, prefix: Prefix, end: int, room: int) -> None:
        self.model, self.prefix, self.end, self.room = model, prefix, end, room
        self.active = 0

    def run(self, waiting: list[tuple[int, Prompt]], on_answer: OnAnswer, started: float) -> None:
        """Answer all of ``waiting``."""
        self._allocate(waiting)
        while waiting or self.active:
            if waiting and self.active <= self.slots // 2:
                count = min(self.slots - self.active, len(waiting))
                self._admit(waiting[:count])
                del waiting[:count]
            else:
                self._step()
            self._answer_finished(on_answer, started)

    def _allocate(self, waiting: list[tuple[int, Prompt]]) -> None:
        config = self.model.config
        most = max(len(p.tokens) - self.prefix.length + self._limit(p) for _, p in waiting)
        self.slots = max(1, min(len(waiting), self.room // most))
        shape = (config.layers, self.slots, config.kv_heads, most, config.head_dim)
        # Zeros, not what lay there: places past a prompt's end have weight 0, and 0 x NaN would be NaN.
        self.keys, self.values = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self.lengths: Indices = np.zeros(self.slots, np.int64)
        self.last: Indices = np.zeros(self.slots, np.int64)
        self.numbers, self.limits = [0] * self.slots, [0] * self.slots
        self.written: list[list[int]] = [[] for _ in range(self.slots)]

    def _limit(self, prompt: Prompt) -> int:
        return min(prompt.max_tokens, self.model.config.context - len(prompt.tokens))

    def _admit(self, prompts: Sequence[tuple[int, Prompt]]) -> None:
        """Read prompts into free slots, a bounded number of rows at a time; each writes its first token."""
        group: list[tuple[int, Prompt]] = []
        for prompt in prompts:
            group.append(prompt)
            if sum(len(p.tokens) - self.prefix.length for _, p in group) >= ROWS_AT_ONCE or prompt is prompts[-1]:
                self._read(group)
                group = []

    def _read(self, group: Sequence[tuple[int, Prompt]]) -> None:
        first = self.active
        endings = [prompt.tokens[self.prefix.length :] for _, prompt in group]

        def keep(layer: int, number: int, keys: Floats, values: Floats) -> None:
            self.keys[layer, first + number, :, : keys.shape[1]] = keys
            self.values[layer, first + number, :, : values.shape[1]] = values

        x = read_endings(self.model, self.prefix, endings, keep)
        self.active += len(group)
        for slot, (number, prompt) in enumerate(group, first):
            self.lengths[slot] = len(endings[slot - first])
            self.numbers[slot], self.limits[slot], self.written[slot] = number, self._limit(prompt), []
        self._write(x, first)

    def _write(self, x: Floats, first: int) -> None:
        """The likeliest next token of slots ``first`` and up."""
        logits = rms_norm(x, self.model.output_norm, self.model.config.epsilon) @ self.model.embedding.T
        self.last[first : self.active] = logits.argmax(axis=1)
        for slot in range(first, self.active):
            self.written[slot].append(int(self.last[slot]))

    def _step(self) -> None:
        """One more token in every active slot."""
        model, config, n = self.model, self.model.config, self.active
        own = self.lengths[:n]
        slots, rotation = np.arange(n), Rotation(config, self.prefix.length + own)
        width = int(own.max()) + 1
        bias = np.where(np.arange(width) > own[:, None], np.float32(-np.inf), np.float32(0))[:, None, None, :]
        x = model.embedding[self.last[:n]]
        for index, layer in enumerate(model.layers):
            q, k, v = split_heads(rms_norm(x, layer.attention_norm, config.epsilon) @ layer.qkv, config)
            keys, values = self.keys[index, :n], self.values[index, :n]
            keys[slots, :, own], values[slots, :, own] = rotation.apply(k), v
            x += self._attend(rotation.apply(q), keys[:, :, :width], values[:, :, :width], bias, index) @ layer.output
            x = mlp(x, layer, config.epsilon)
        own += 1
        self._write(x, 0)

    def _attend(self, q: Floats, keys: Floats, values: Floats, bias: Floats, index: int) -> Floats:
        """Attention of one new token a slot: the prefix for all slots in one product, each slot's own beside it.

        The two parts are put together by their maxima and sums, as in arXiv:2205.14135.
        """
        n, heads, d = q.shape
        groups = keys.shape[1]
        q = q.reshape(n, groups, heads // groups, d) * np.float32(d**-0.5)
        own = q @ keys.swapaxes(2, 3)
        own += bias
        if not self.prefix.length:
            return np.asarray(softmax_in_place(own) @ values).reshape(n, heads * d)
        past = q.transpose(1, 0, 2, 3).reshape(groups, -1, d) @ self.prefix.keys[index].swapaxes(1, 2)
        peak = np.maximum(own.max(axis=3), _by_slot(past.max(axis=2), n))
        own -= peak[..., None]
        past -= _by_group(peak)[..., None]
        np.exp(own, out=own)
        np.exp(past, out=past)
        total = own.sum(axis=3) + _by_slot(past.sum(axis=2), n)
        out: Floats = np.matmul(own, values)
        out += _by_slot(past @ self.prefix.values[index], n)
        out /= total[..., None]
        return out.reshape(n, heads * d)

    def _answer_finished(self, on_answer: OnAnswer, started: float) -> None:
        for slot in reversed(range(self.active)):
            written = self.written[slot]
            ended = written[-1] == self.end
            if ended or len(written) >= self.limits[slot]:
                tokens = written[:-1] if ended else written
                generated = Generated(tokens, "stop" if ended else "length", time.monotonic() - started)
                on_answer(self.numbers[slot], generated)
                self._free(slot)

    def _free(self, slot: int) -> None:
        """Move the last active slot into this one's place."""
        self.active -= 1
        last = self.active
        if slot == last:
            return
        used = int(self.lengths[last])
        for kept in (self.keys, self.values):
            kept[:, slot, :, :used] = kept[:, last, :, :used]
        self.lengths[slot], self.last[slot] = self.lengths[last], self.last[last]
        self.numbers[slot], self.limits[slot] = self.numbers[last], self.limits[last]
        self.written[slot] = self.written[last]


def _by_slot(x: Floats, n: int) -> Floats:
    """(kv_heads, n x heads per group, ...) -> (n, kv_heads, heads per group, ...)."""
    return np.moveaxis(x.reshape(x.shape[0], n, -1, *x.shape[2:]), 0, 1)


def _by_group(x: Floats) -> Floats:
    """(n, kv_heads, heads per group) -> (kv_heads, n x heads per group)."""
    return x.transpose(1, 0, 2).reshape(x.shape[1], -1)
