"""The same weights inside transformers, so that the two implementations can be compared number by number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ftsdk.trainers.smol.export import MODULES, columns
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.safetensors import to_safetensors
from ftsdk.trainers.smol.weights import Llama, LlamaConfig


def state_dict(model: Llama) -> dict[str, Floats]:
    """Weights under the names of transformers' LlamaForCausalLM, matrices as (outputs, inputs)."""
    tensors = {"model.embed_tokens.weight": model.embedding, "model.norm.weight": model.output_norm}
    for index, layer in enumerate(model.layers):
        stem = f"model.layers.{index}"
        tensors[f"{stem}.input_layernorm.weight"] = layer.attention_norm
        tensors[f"{stem}.post_attention_layernorm.weight"] = layer.mlp_norm
        for matrix, modules in MODULES.items():
            for module in modules:
                tensors[f"{stem}.{module}.weight"] = getattr(layer, matrix)[:, columns(model.config)[module]].T
    return tensors


def config_values(config: LlamaConfig) -> dict[str, Any]:
    """The config.json of the same architecture."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 2,
        "hidden_act": "silu",
        "hidden_size": config.hidden,
        "intermediate_size": config.mlp,
        "max_position_embeddings": config.context,
        "num_attention_heads": config.heads,
        "num_hidden_layers": config.layers,
        "num_key_value_heads": config.kv_heads,
        "rms_norm_eps": config.epsilon,
        "rope_theta": config.rope_theta,
        "tie_word_embeddings": True,
        "torch_dtype": "float32",
        "vocab_size": config.vocabulary,
    }


def write_directory(directory: Path, model: Llama) -> Path:
    """Write a directory that ``AutoModelForCausalLM.from_pretrained`` loads."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(config_values(model.config)))
    (directory / "model.safetensors").write_bytes(to_safetensors(state_dict(model)))
    return directory
