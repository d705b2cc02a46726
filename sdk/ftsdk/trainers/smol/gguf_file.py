"""The GGUF container: a header of named values, then tensors in blocks of quantised numbers.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. The ``gguf`` package reads it too, but spends
seconds on the hundred thousand strings of a vocabulary; writing, and formats other than those below, are left to it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftsdk.errors import ExtraMissing, ModelMissing

Floats = NDArray[np.float32]

SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9

# ggml type -> (its number, weights in a block, bytes of a block)
F32, F16, Q4_1, Q8_0 = 0, 1, 3, 8
BLOCKS = {F32: (1, 4), F16: (1, 2), Q4_1: (32, 20), Q8_0: (32, 34)}


@dataclass(frozen=True)
class Tensor:
    """A tensor as it lies in the file; ``shape`` is (rows, columns), columns innermost."""

    name: str
    shape: tuple[int, ...]
    kind: int
    raw: NDArray[np.uint8]

    def dequantise(self) -> Floats:
        """The tensor in fp32."""
        decode = DECODERS.get(self.kind)
        flat = decode(self.raw) if decode else _decode_with_package(self)
        return flat.reshape(self.shape)


@dataclass(frozen=True)
class GgufFile:
    """Header values by key and tensors by name; the tensors' bytes stay on disk until they are read."""

    path: Path
    values: dict[str, Any]
    tensors: dict[str, Tensor]


class _Cursor:
    def __init__(self, data: memoryview) -> None:
        self.data, self.at = data, 0

    def scalars(self, letter: str, count: int) -> tuple[Any, ...]:
        form = struct.Struct(f"<{count}{letter}")
        values = form.unpack_from(self.data, self.at)
        self.at += form.size
        return values

    def scalar(self, letter: str) -> Any:
        return self.scalars(letter, 1)[0]

    def string(self) -> str:
        length = self.scalar("Q")
        self.at += length
        return str(self.data[self.at - length : self.at], "utf-8", "replace")

    def value(self, kind: int) -> Any:
        if kind == STRING:
            return self.string()
        if kind != ARRAY:
            return self.scalar(SCALARS[kind])
        item, count = self.scalar("I"), self.scalar("Q")
        if item in SCALARS:
            return list(self.scalars(SCALARS[item], count))
        return [self.value(item) for _ in range(count)]


def read_gguf(path: str | Path) -> GgufFile:
    """Open a GGUF file; raises ModelMissing when it is absent, unreadable, not GGUF or cut short."""
    path = Path(path)
    try:
        mapped = np.memmap(path, dtype=np.uint8, mode="r")
    except (OSError, ValueError) as error:
        raise ModelMissing(
            f"the model file {path} cannot be read: {error}", help="`ft models pull` fetches it, by hash"
        ) from error
    try:
        return _parse(path, mapped)
    except (struct.error, KeyError, IndexError, ValueError, OverflowError) as error:
        raise ModelMissing(
            f"{path} is not a whole GGUF file ({error})", help="remove it and run `ft models pull` again"
        ) from error


def _parse(path: Path, mapped: NDArray[np.uint8]) -> GgufFile:
    cursor = _Cursor(mapped.data)
    if bytes(cursor.data[:4]) != b"GGUF":
        raise ValueError("it does not start with the letters GGUF")
    cursor.at = 4
    version, tensor_count, value_count = cursor.scalar("I"), cursor.scalar("Q"), cursor.scalar("Q")
    if version not in (2, 3):
        raise ValueError(f"GGUF version {version}; versions 2 and 3 are read")
    values = {cursor.string(): cursor.value(cursor.scalar("I")) for _ in range(value_count)}
    infos = [_tensor_info(cursor) for _ in range(tensor_count)]
    alignment = int(values.get("general.alignment", 32))
    start = -(-cursor.at // alignment) * alignment
    return GgufFile(path, values, {name: _locate(mapped, start, name, *rest) for name, *rest in infos})


def _tensor_info(cursor: _Cursor) -> tuple[str, tuple[int, ...], int, int]:
    name = cursor.string()
    dimensions = cursor.scalars("Q", cursor.scalar("I"))
    return name, tuple(reversed(dimensions)), cursor.scalar("I"), cursor.scalar("Q")


def _locate(mapped: NDArray[np.uint8], start: int, name: str, shape: Any, kind: Any, offset: Any) -> Tensor:
    weights, size = BLOCKS.get(kind) or _block_with_package(kind)
    length = int(np.prod(shape)) // weights * size
    raw = mapped[start + offset : start + offset + length]
    if raw.size != length:
        raise ValueError(f"tensor {name} is cut short")
    return Tensor(name, shape, kind, raw)


def _decode_q4_1(raw: NDArray[np.uint8]) -> Floats:
    """Blocks of scale d, minimum m and 32 four-bit numbers q, low halves first: w = q d + m."""
    blocks = raw.reshape(-1, 20)
    scale_and_minimum = np.ascontiguousarray(blocks[:, :4]).view(np.float16).astype(np.float32)
    weights = np.empty((len(blocks), 32), np.float32)
    weights[:, :16] = blocks[:, 4:] & 15
    weights[:, 16:] = blocks[:, 4:] >> 4
    weights *= scale_and_minimum[:, :1]
    weights += scale_and_minimum[:, 1:]
    return weights


def _decode_q8_0(raw: NDArray[np.uint8]) -> Floats:
    """Blocks of scale d and 32 eight-bit numbers q: w = q d."""
    blocks = raw.reshape(-1, 34)
    scale = np.ascontiguousarray(blocks[:, :2]).view(np.float16).astype(np.float32)
    weights = blocks[:, 2:].view(np.int8).astype(np.float32)
    weights *= scale
    return weights


DECODERS: dict[int, Callable[[NDArray[np.uint8]], Floats]] = {
    F32: lambda raw: raw.view(np.float32).copy(),
    F16: lambda raw: raw.view(np.float16).astype(np.float32),
    Q4_1: _decode_q4_1,
    Q8_0: _decode_q8_0,
}


def _block_with_package(kind: int) -> tuple[int, int]:
    try:
        from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
    except ImportError as error:
        raise ExtraMissing("gguf", "local") from error
    weights, size = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
    return int(weights), int(size)


def _decode_with_package(tensor: Tensor) -> Floats:
    from gguf import GGMLQuantizationType
    from gguf.quants import dequantize

    weights, size = _block_with_package(tensor.kind)
    rows = tensor.raw.reshape(-1, tensor.shape[-1] // weights * size)
    return np.asarray(dequantize(rows, GGMLQuantizationType(tensor.kind)), dtype=np.float32)
