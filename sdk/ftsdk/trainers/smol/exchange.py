"""What two threads that share one step give each other: the common prefix's keys and values, and their gradients.

Each thread computes some rows of the prefix and its own conversations, so that no row is computed twice; they meet once
a layer on the way up and once on the way down. Sums are taken in the order of the threads: the result does not depend
on which of them is first.
"""

from __future__ import annotations

from threading import Barrier, BrokenBarrierError

import numpy as np

from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.weights import LlamaConfig


class Exchange:
    """Room for one step of ``parties`` threads over ``layers`` layers and a prefix of that many rows."""

    def __init__(self, config: LlamaConfig, layers: int, prefix: int, parties: int) -> None:
        shape = (layers, prefix, 2 * config.kv_heads, config.head_dim)
        self.keys_values = np.empty(shape, np.float32)
        self.gradients = np.empty((parties, *shape), np.float32)
        self._barrier = Barrier(parties)
        self._failure: BaseException | None = None

    def meet(self) -> None:
        """Wait for the others; raises what one of them failed with."""
        try:
            self._barrier.wait()
        except BrokenBarrierError:
            assert self._failure is not None
            raise self._failure from None

    def fail(self, failure: BaseException) -> None:
        """Let nobody wait for a thread that will not come."""
        self._failure = self._failure or failure
        self._barrier.abort()


class Party:
    """One thread's side of an exchange: it is number ``number`` and computes the prefix's rows ``part``."""

    def __init__(self, exchange: Exchange, number: int, part: slice) -> None:
        self._exchange, self._number, self._part = exchange, number, part
        self._given = set[int]()

    def gather(self, layer: int, own: Floats) -> Floats:
        """Keys and values (rows, 2 kv_heads, d) of the whole prefix and of what follows the part in ``own``."""
        whole = self._exchange.keys_values[layer]
        computed = self._part.stop - self._part.start
        if layer not in self._given:  # a layer that is computed again on the way back has them already
            self._given.add(layer)
            whole[self._part] = own[:computed]
            self._exchange.meet()
        return np.concatenate([whole, own[computed:]])

    def room(self, own: Floats) -> Floats:
        """Zeros for the gradient of `gather`'s result, given ``own``."""
        _, prefix, *shape = self._exchange.keys_values.shape
        return np.zeros((prefix + len(own) - (self._part.stop - self._part.start), *shape), np.float32)

    def scatter(self, layer: int, gradient: Floats) -> Floats:
        """The gradient of `gather`'s ``own``, all threads' shares of it added; ``gradient`` is that of its result."""
        mine = self._exchange.gradients[self._number, layer]
        mine[:] = gradient[: len(mine)]
        self._exchange.meet()
        part = self._exchange.gradients[:, layer, self._part].sum(axis=0)
        return np.concatenate([part, gradient[len(mine) :]])

    def fail(self, failure: BaseException) -> None:
        """Tell the others that this thread stops."""
        self._exchange.fail(failure)
