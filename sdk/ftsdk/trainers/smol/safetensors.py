"""The safetensors format: eight bytes of length, a JSON header, then the tensors' bytes one after another.

Format: https://github.com/huggingface/safetensors#format. Written here without the package, which needs no torch but
brings another compiled wheel; nothing in the file depends on the time, so equal weights have equal hashes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ftsdk.trainers.smol.gguf_file import Floats

ALIGNMENT = 8


def to_safetensors(tensors: Mapping[str, Floats]) -> bytes:
    """The file's content for fp32 tensors, in the order of their names."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name in sorted(tensors):
        size = tensors[name].size * 4
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    bodies = [np.ascontiguousarray(tensors[name], "<f4").tobytes() for name in sorted(tensors)]
    return b"".join([struct.pack("<Q", len(text)), text, *bodies])


def read_safetensors(path: Path) -> dict[str, Floats]:
    """The fp32, fp16 and bf16 tensors of a file, as fp32; raises ValueError for another dtype or a cut file."""
    content = path.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    body = memoryview(content)[8 + length :]
    return {name: _tensor(name, info, body) for name, info in header.items() if name != "__metadata__"}


def _tensor(name: str, info: dict[str, Any], body: memoryview) -> Floats:
    start, stop = info["data_offsets"]
    raw = body[start:stop]
    if info["dtype"] == "BF16":  # bf16 is the upper half of fp32
        flat = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
    elif info["dtype"] in ("F32", "F16"):
        flat = np.frombuffer(raw, {"F32": "<f4", "F16": "<f2"}[info["dtype"]]).astype(np.float32)
    else:
        raise ValueError(f"tensor {name} is {info['dtype']}; F32, F16 and BF16 are read")
    return flat.reshape(info["shape"])
