"""A Llama's weights in fp32, laid out for the products that training and decoding make.

Architecture: Llama (arXiv:2302.13971) with grouped queries (arXiv:2305.13245); SmolLM2 is arXiv:2502.02737.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ftsdk.errors import ModelMissing
from ftsdk.trainers.smol.gguf_file import Floats, GgufFile, read_gguf

# Rows transposed at once: a strip that stays in the cache makes it twice as fast.
STRIP = 32


@dataclass(frozen=True)
class LlamaConfig:
    """The numbers that shape the network; ``hidden`` is heads x head_dim."""

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    mlp: int
    vocabulary: int
    context: int
    epsilon: float
    rope_theta: float

    @property
    def head_dim(self) -> int:
        """Width of one attention head."""
        return self.hidden // self.heads

    @property
    def kv_width(self) -> int:
        """Width of all keys (or values) of one token."""
        return self.kv_heads * self.head_dim


@dataclass
class LayerWeights:
    """One layer. Matrices are (inputs, outputs): y = x W. ``qkv`` is q, k, v side by side; ``gate_up`` gate, up."""

    attention_norm: Floats
    qkv: Floats
    output: Floats
    mlp_norm: Floats
    gate_up: Floats
    down: Floats


@dataclass
class Llama:
    """All weights; ``embedding`` (vocabulary, hidden) is tied: it embeds tokens and scores them."""

    config: LlamaConfig
    embedding: Floats
    layers: list[LayerWeights]
    output_norm: Floats
    file: GgufFile


def load_llama(path: str | Path) -> Llama:
    """Read a llama-architecture GGUF with tied embeddings; raises ModelMissing when it is something else."""
    file = read_gguf(path)
    config = read_config(file, path)
    with ThreadPoolExecutor(2) as pool:
        layers = list(pool.map(lambda index: _layer(file, config, index), range(config.layers)))
    return Llama(
        config, file.tensors["token_embd.weight"].dequantise(), layers, _norm(file, "output_norm.weight"), file
    )


def read_config(file: GgufFile, path: str | Path) -> LlamaConfig:
    """The architecture's numbers from the header; raises ModelMissing for another architecture."""
    value = file.values
    if value.get("general.architecture") != "llama" or "output.weight" in file.tensors:
        found = value.get("general.architecture", "no architecture")
        raise ModelMissing(
            f"{path} holds {found!r}; this engine runs llama models with tied embeddings only",
            help="the embedded engine is made for smollm2-135m-instruct: `ft models pull smollm2-135m-instruct`",
        )
    return LlamaConfig(
        layers=value["llama.block_count"],
        hidden=value["llama.embedding_length"],
        heads=value["llama.attention.head_count"],
        kv_heads=value["llama.attention.head_count_kv"],
        mlp=value["llama.feed_forward_length"],
        vocabulary=len(value["tokenizer.ggml.tokens"]),
        context=value["llama.context_length"],
        epsilon=value["llama.attention.layer_norm_rms_epsilon"],
        rope_theta=value["llama.rope.freq_base"],
    )


def _layer(file: GgufFile, config: LlamaConfig, index: int) -> LayerWeights:
    def matrix(name: str) -> Floats:
        return file.tensors[f"blk.{index}.{name}.weight"].dequantise()

    query = unpermute(matrix("attn_q"), config.heads)
    key = unpermute(matrix("attn_k"), config.kv_heads)
    return LayerWeights(
        attention_norm=_norm(file, f"blk.{index}.attn_norm.weight"),
        qkv=_side_by_side(query, key, matrix("attn_v")),
        output=_side_by_side(matrix("attn_output")),
        mlp_norm=_norm(file, f"blk.{index}.ffn_norm.weight"),
        gate_up=_side_by_side(matrix("ffn_gate"), matrix("ffn_up")),
        down=_side_by_side(matrix("ffn_down")),
    )


def _norm(file: GgufFile, name: str) -> Floats:
    return file.tensors[name].dequantise()


def _side_by_side(*matrices: Floats) -> Floats:
    """(outputs, inputs) matrices of the file as one (inputs, all outputs) matrix, contiguous."""
    fused = np.empty((matrices[0].shape[1], sum(map(len, matrices))), np.float32)
    at = 0
    for matrix in matrices:
        for start in range(0, len(matrix), STRIP):
            strip = matrix[start : start + STRIP]
            fused[:, at : at + len(strip)] = strip.T
            at += len(strip)
    return fused


def unpermute(matrix: Floats, heads: int) -> Floats:
    """Undo llama.cpp's order of the rows of q and k.

    llama.cpp rotates neighbouring pairs, the published weights the two halves of a head; its converter interleaves the
    rows to suit (``permute`` in convert_hf_to_gguf.py).
    """
    rows, columns = matrix.shape
    return matrix.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def permute(matrix: Floats, heads: int) -> Floats:
    """The inverse of `unpermute`: from the published order to llama.cpp's."""
    rows, columns = matrix.shape
    return matrix.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)
