"""The embedded engine's model as transformers has it: in memory, or as a directory with its tokenizer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ftsdk.trainers.smol.export import MODULES, columns
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.safetensors import to_safetensors
from ftsdk.trainers.smol.tokenizer import CONTROL
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


def tokenizer_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The tokenizer.json of a GGUF header's byte-level BPE: digits alone, then GPT-2's pattern."""
    tokens, kinds = values["tokenizer.ggml.tokens"], values["tokenizer.ggml.token_type"]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    control = [index for index, kind in enumerate(kinds) if kind == CONTROL]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": index, "content": tokens[index], **flags} for index in control],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level],
        },
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": tokens[values.get("tokenizer.ggml.unknown_token_id", 0)],
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: index for index, token in enumerate(tokens)},
            "merges": [merge.split(" ") for merge in values["tokenizer.ggml.merges"]],
        },
    }


def tokenizer_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """The tokenizer_config.json: which token ends an answer, and the chat template."""
    tokens = values["tokenizer.ggml.tokens"]
    end = tokens[values["tokenizer.ggml.eos_token_id"]]
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": end,
        "pad_token": end,
        "chat_template": values["tokenizer.chat_template"],
        "clean_up_tokenization_spaces": False,
    }


def write_directory(directory: Path, model: Llama) -> Path:
    """Write a directory that transformers' ``from_pretrained`` loads, model and tokenizer."""
    directory.mkdir(parents=True, exist_ok=True)
    values = model.file.values
    (directory / "tokenizer.json").write_text(json.dumps(tokenizer_values(values), ensure_ascii=False))
    (directory / "tokenizer_config.json").write_text(json.dumps(tokenizer_settings(values)))
    (directory / "config.json").write_text(json.dumps(config_values(model.config)))
    (directory / "model.safetensors").write_bytes(to_safetensors(state_dict(model)))
    return directory
