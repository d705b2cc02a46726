"""One Llama layer that carries adapters, forward and backward, its rows shared among threads.

Every product is done row by row, so that threads may share the rows without regard to whose they are; attention alone
looks at the rows of others. Hence a pass has two halves with a meeting between them: keys and values of all rows first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ftsdk.trainers.smol.attention import Attended, attend, attend_backward
from ftsdk.trainers.smol.block import inverse_rms, rms_norm_backward, swiglu, swiglu_backward
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.layout import Indices, Segment
from ftsdk.trainers.smol.lora import AdaptedLayer, Gradient
from ftsdk.trainers.smol.rope import Rotation
from ftsdk.trainers.smol.weights import LlamaConfig

# Calls its argument with the number of each share, one thread each, and returns when all are done.
Together = Callable[[Callable[[int], None]], None]


@dataclass(frozen=True)
class Share:
    """One thread's part: ``rows`` of the layer's input; ``queries`` of those it gives out, with their ``segments``."""

    rows: slice
    queries: slice
    segments: list[Segment]


@dataclass
class Kept:
    """What a layer's backward pass needs from its forward pass; ``*_input`` are the products' [x u]."""

    x: Floats
    x_inverse: Floats
    qkv_input: Floats
    qkv: Floats
    output_input: Floats
    h: Floats
    h_inverse: Floats
    gate_up_input: Floats
    gate_up: Floats
    sigmoid: Floats
    down_input: Floats
    attended: dict[int, list[Attended]] = field(default_factory=dict)


@dataclass
class _Back:
    """What the two halves of a backward pass share; ``dkv`` has each thread's part of the keys' and values'."""

    dy: Floats
    dh: Floats
    dattended: Floats
    dq: Floats
    dkv: list[Floats]
    dx: Floats


@dataclass
class AdaptedBlock:
    """One adapted layer at one step; ``selected`` rows alone are computed past the keys and values (None: all)."""

    layer: AdaptedLayer
    config: LlamaConfig
    rotation: Rotation
    shares: Sequence[Share]
    selected: Indices | None = None

    def forward(self, x: Floats, together: Together) -> tuple[Floats, Kept]:
        """y of the (selected) rows, and what `backward` needs."""
        kept = self._room(x)
        y = np.empty_like(kept.h)
        together(lambda number: self._project(self.shares[number], kept))
        together(lambda number: self._finish(number, kept, y))
        return y, kept

    def backward(
        self, dy: Floats, kept: Kept, gradients: Sequence[list[Gradient]], together: Together, *, input_needed: bool
    ) -> Floats:
        """Write each share's part of the adapters' gradients (by `MATRICES`) to ``gradients``; return dx.

        ``kept`` is used up. Where dx is of no use the result is not filled in.
        """
        heads, kv, d = self.config.heads, 2 * self.config.kv_heads, self.config.head_dim
        dattended, dq = np.empty((2, len(dy), heads, d), np.float32)
        dkv = [np.zeros((len(kept.x), kv, d), np.float32) for _ in self.shares]
        back = _Back(dy, np.empty_like(kept.h), dattended, dq, dkv, np.empty_like(kept.x))
        together(lambda number: self._unfinish(number, kept, back, gradients[number]))
        together(lambda number: self._unproject(number, kept, back, gradients[number], input_needed))
        return back.dx

    def _room(self, x: Floats) -> Kept:
        layer, config, rows = self.layer, self.config, len(x)
        queries = rows if self.selected is None else len(self.selected)
        heads = config.heads + 2 * config.kv_heads
        return Kept(
            x,
            np.empty((rows, 1), np.float32),
            layer.qkv.room(rows),
            np.empty((rows, heads, config.head_dim), np.float32),
            layer.output.room(queries),
            np.empty((queries, config.hidden), np.float32),
            np.empty((queries, 1), np.float32),
            layer.gate_up.room(queries),
            np.empty((queries, 2 * config.mlp), np.float32),
            np.empty((queries, config.mlp), np.float32),
            layer.down.room(queries),
        )

    def _project(self, share: Share, kept: Kept) -> None:
        """Queries, keys and values of the share's rows."""
        rows = share.rows
        qkv = kept.qkv[rows]
        kept.x_inverse[rows] = inverse_rms(kept.x[rows], self.config.epsilon)
        _normed(kept.x[rows], kept.x_inverse[rows], self.layer.attention_norm, kept.qkv_input[rows])
        self.layer.qkv.forward(kept.qkv_input[rows], qkv.reshape(len(qkv), -1))
        self.rotation.apply_in_place(qkv[:, : -self.config.kv_heads], rows)

    def _finish(self, number: int, kept: Kept, y: Floats) -> None:
        """The rest of the layer for the share's queries."""
        layer, config, mine = self.layer, self.config, self.shares[number].queries
        h, h_inverse, gate_up, output_input = kept.h[mine], kept.h_inverse[mine], kept.gate_up[mine], kept.output_input
        kept.attended[number] = self._attend(number, kept, output_input[:, : config.hidden])
        layer.output.forward(output_input[mine], h)
        h += kept.x[mine] if self.selected is None else kept.x[self.selected[mine]]
        h_inverse[:] = inverse_rms(h, config.epsilon)
        _normed(h, h_inverse, layer.mlp_norm, kept.gate_up_input[mine])
        layer.gate_up.forward(kept.gate_up_input[mine], gate_up)
        swiglu(gate_up, kept.down_input[mine, : config.mlp], kept.sigmoid[mine])
        layer.down.forward(kept.down_input[mine], y[mine])
        y[mine] += h

    def _attend(self, number: int, kept: Kept, out: Floats) -> list[Attended]:
        heads, kv = self.config.heads, self.config.kv_heads
        q, k, v = kept.qkv[:, :heads], kept.qkv[:, heads:-kv], kept.qkv[:, -kv:]
        q = q if self.selected is None else q[self.selected]
        return attend(q, k, v, self.shares[number].segments, out.reshape(q.shape))

    def _unfinish(self, number: int, kept: Kept, back: _Back, gradient: list[Gradient]) -> None:
        """Back to the gradients of the share's queries, and its part of those of all keys and values."""
        layer, share, kv = self.layer, self.shares[number], self.config.kv_heads
        mine = share.queries
        _, g_output, g_gate_up, g_down = gradient
        dy, dgate_up, dh = back.dy[mine], kept.gate_up[mine], back.dh[mine]
        swiglu_backward(layer.down.backward(dy, kept.down_input[mine], g_down), dgate_up, kept.sigmoid[mine])
        dnormed = layer.gate_up.backward(dgate_up, kept.gate_up_input[mine], g_gate_up)
        np.add(rms_norm_backward(dnormed, kept.h[mine], kept.h_inverse[mine], layer.mlp_norm), dy, out=dh)
        dattended = layer.output.backward(dh, kept.output_input[mine], g_output)
        back.dattended[mine] = dattended.reshape(back.dattended[mine].shape)
        dkv = back.dkv[number]
        attend_backward(back.dattended, kept.attended[number], share.segments, back.dq, dkv[:, :kv], dkv[:, kv:])

    def _unproject(self, number: int, kept: Kept, back: _Back, gradient: list[Gradient], input_needed: bool) -> None:
        """From there through the first product and the norm to the gradient of the share's rows."""
        rows, heads = self.shares[number].rows, self.config.heads
        dqkv = np.empty_like(kept.qkv[rows])
        dqkv[:, :heads] = self._of_rows(rows, back.dq)
        dqkv[:, heads:] = back.dkv[0][rows]
        for other in back.dkv[1:]:
            dqkv[:, heads:] += other[rows]
        self.rotation.undo_in_place(dqkv[:, : -self.config.kv_heads], rows)
        flat = dqkv.reshape(len(dqkv), -1)
        dnormed = self.layer.qkv.backward(flat, kept.qkv_input[rows], gradient[0], input_needed=input_needed)
        if input_needed:
            dx = rms_norm_backward(dnormed, kept.x[rows], kept.x_inverse[rows], self.layer.attention_norm)
            np.add(dx, self._of_rows(rows, back.dh), out=back.dx[rows])

    def _of_rows(self, rows: slice, dqueries: Floats) -> Floats:
        """A gradient by queries as one by the rows they are: 0 for a row that is not selected."""
        if self.selected is None:
            return dqueries[rows]
        low, high = np.searchsorted(self.selected, (rows.start, rows.stop))
        dinput = np.zeros((rows.stop - rows.start, *dqueries.shape[1:]), np.float32)
        dinput[self.selected[low:high] - rows.start] = dqueries[low:high]
        return dinput


def _normed(x: Floats, inverse: Floats, weight: Floats, out: Floats) -> None:
    """RMSNorm of x into the first columns of a product's [x u]."""
    columns = out[:, : x.shape[1]]
    np.multiply(x, inverse, out=columns)
    columns *= weight
