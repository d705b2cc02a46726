"""A llama model file of a few hundred kilobytes with random weights, so that whole trainings take a second."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from ftsdk.trainers.contract import Hyperparameters, TrainerConfig
from ftsdk.trainers.smol.tokenizer import CONTROL, byte_letters

HIDDEN, MLP, LAYERS, HEADS, KV_HEADS, CONTEXT = 64, 96, 4, 4, 2, 256
CONTROLS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


def write_tiny_model(path: Path, *, architecture: str = "llama") -> Path:
    """Random weights, every byte a token, a few merges: real in form, without knowledge."""
    writer = gguf.GGUFWriter(path, architecture)
    letters = [byte_letters()[byte] for byte in range(256)]
    merges = ["t h", "th e", "i n", "Ġ the"]
    tokens = [*CONTROLS, *letters, *(merge.replace(" ", "") for merge in merges)]
    writer.add_block_count(LAYERS)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(MLP)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(100_000.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([CONTROL] * len(CONTROLS) + [1] * (len(tokens) - len(CONTROLS)))
    writer.add_token_merges(merges)
    for name, tensor in _random_tensors(len(tokens)).items():
        kind = gguf.GGMLQuantizationType.F32 if tensor.ndim == 1 else gguf.GGMLQuantizationType.Q4_1
        writer.add_tensor(name, gguf.quants.quantize(tensor, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _random_tensors(vocabulary: int) -> dict[str, Any]:
    random, kv = np.random.Generator(np.random.PCG64(5)), HIDDEN * KV_HEADS // HEADS
    shapes = {"token_embd": (vocabulary, HIDDEN), "output_norm": (HIDDEN,)}
    for index in range(LAYERS):
        stem = f"blk.{index}."
        shapes |= {stem + "attn_norm": (HIDDEN,), stem + "ffn_norm": (HIDDEN,)}
        shapes |= {stem + "attn_q": (HIDDEN, HIDDEN), stem + "attn_k": (kv, HIDDEN), stem + "attn_v": (kv, HIDDEN)}
        shapes |= {stem + "attn_output": (HIDDEN, HIDDEN), stem + "ffn_down": (HIDDEN, MLP)}
        shapes |= {stem + "ffn_gate": (MLP, HIDDEN), stem + "ffn_up": (MLP, HIDDEN)}
    return {f"{name}.weight": _random(random, shape) for name, shape in shapes.items()}


def _random(random: Any, shape: tuple[int, ...]) -> Any:
    if len(shape) == 1:
        return np.ones(shape, np.float32)
    return (random.standard_normal(shape) * shape[1] ** -0.5).astype(np.float32)


def conversation(question: str, answer: str) -> dict[str, Any]:
    """A row of chat JSONL."""
    roles = {"system": "Sort the letters.", "user": question, "assistant": answer}
    return {"messages": [{"role": role, "content": text} for role, text in roles.items()]}


ROWS = tuple(conversation(word, "".join(sorted(word))) for word in ("the", "cab", "in 12", "zoo!", "queen", "é", "ba"))


def write_job(directory: Path, model: Path, rows: Any = ROWS, **changes: Any) -> TrainerConfig:
    """Write rows and a config for them into ``directory``; ``changes`` replace fields of either kind of number.

    ``held_out`` are validation rows.
    """
    directory.mkdir(parents=True, exist_ok=True)
    data = directory / "train.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    if (held_out := changes.pop("held_out", None)) is not None:
        validation = directory / "validation.jsonl"
        validation.write_text("".join(json.dumps(row) + "\n" for row in held_out))
        changes = {"validation": str(validation), "validation_sha256": sha256(validation)} | changes
    numbers = {"rank": 4, "alpha": 8.0, "layers": 2, "epochs": 3, "batch_size": 2, "learning_rate": 0.01}
    numbers |= {name: changes.pop(name) for name in list(changes) if name in Hyperparameters.model_fields}
    fields: dict[str, Any] = {
        "key": "job-1",
        "model": "tiny",
        "model_path": str(model),
        "model_sha256": sha256(model),
        "train": str(data),
        "data_sha256": sha256(data),
        "output": str(directory / "output"),
        "hyperparameters": numbers,
        "max_tokens": CONTEXT,
    }
    config = TrainerConfig.model_validate(fields | changes)
    (directory / "config.json").write_text(config.model_dump_json())
    return config


def sha256(path: Path) -> str:
    """The file's hash."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
