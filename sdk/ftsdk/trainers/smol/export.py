"""A trained adapter as PEFT reads it, with its card; an adapter merged into weights; merged weights as GGUF.

An adapter on fused columns [q k v] is three ordinary ones: each keeps A and takes its columns of B. Same rank, exact.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ftsdk.errors import ExtraMissing, ProviderError
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.lora import MATRICES, Adapter
from ftsdk.trainers.smol.output import replace_file, sync_directory
from ftsdk.trainers.smol.safetensors import read_safetensors, to_safetensors
from ftsdk.trainers.smol.weights import Llama, LlamaConfig, permute

BASE = "HuggingFaceTB/SmolLM2-135M-Instruct"
WEIGHTS = "adapter_model.safetensors"
MODULES = {
    "qkv": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "output": ("self_attn.o_proj",),
    "gate_up": ("mlp.gate_proj", "mlp.up_proj"),
    "down": ("mlp.down_proj",),
}
GGUF_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def columns(config: LlamaConfig) -> dict[str, slice]:
    """Where each projection's outputs lie among the columns of its fused matrix."""
    hidden, kv, mlp = config.hidden, config.kv_width, config.mlp
    return {
        "self_attn.q_proj": slice(0, hidden),
        "self_attn.k_proj": slice(hidden, hidden + kv),
        "self_attn.v_proj": slice(hidden + kv, hidden + 2 * kv),
        "self_attn.o_proj": slice(0, hidden),
        "mlp.gate_proj": slice(0, mlp),
        "mlp.up_proj": slice(mlp, 2 * mlp),
        "mlp.down_proj": slice(0, hidden),
    }


def peft_tensors(adapter: Adapter, config: LlamaConfig) -> dict[str, Floats]:
    """PEFT's names and shapes: lora_A (rank, inputs), lora_B (outputs, rank)."""
    tensors = {}
    for index, views in enumerate(adapter.views(adapter.theta), adapter.first):
        for name, view in zip(MATRICES, views, strict=True):
            for module in MODULES[name]:
                stem = f"base_model.model.model.layers.{index}.{module}"
                tensors[f"{stem}.lora_A.weight"] = view.a.T
                tensors[f"{stem}.lora_B.weight"] = view.b[:, columns(config)[module]].T
    return tensors


def peft_config(adapter: Adapter, config: LlamaConfig) -> dict[str, Any]:
    """What PEFT needs to put the adapter back."""
    return {
        "base_model_name_or_path": BASE,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "init_lora_weights": True,
        "layers_pattern": "layers",
        "layers_to_transform": list(range(adapter.first, config.layers)),
        "lora_alpha": adapter.alpha,
        "lora_dropout": 0.0,
        "peft_type": "LORA",
        "r": adapter.rank,
        "target_modules": [module.split(".")[1] for modules in MODULES.values() for module in modules],
        "task_type": "CAUSAL_LM",
    }


def write_adapter(directory: Path, adapter: Adapter, config: LlamaConfig, card: str) -> str:
    """Write the PEFT directory whole or not at all; return the hash of its weights file."""
    fresh = directory.with_name(f"{directory.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    weights = to_safetensors(peft_tensors(adapter, config))
    replace_file(fresh / WEIGHTS, weights)
    replace_file(fresh / "adapter_config.json", json.dumps(peft_config(adapter, config), indent=2).encode())
    replace_file(fresh / "README.md", card.encode())
    shutil.rmtree(directory, ignore_errors=True)
    fresh.rename(directory)
    sync_directory(directory.parent)
    return hashlib.sha256(weights).hexdigest()


def merge_adapter(model: Llama, directory: Path) -> dict[str, list[int]]:
    """Add a PEFT directory's B A alpha / rank to the weights in place; return the layers changed for each module.

    Raises ProviderError when the directory is incomplete, not LoRA, or made for another model.
    """
    changed: dict[str, list[int]] = {}
    for index, module, delta in _deltas(model.config, directory):
        matrix = next(name for name, modules in MODULES.items() if module in modules)
        getattr(model.layers[index], matrix)[:, columns(model.config)[module]] += delta
        changed.setdefault(module, []).append(index)
    return changed


def _deltas(config: LlamaConfig, directory: Path) -> Iterator[tuple[int, str, Floats]]:
    try:
        settings = json.loads((directory / "adapter_config.json").read_text())
        tensors = read_safetensors(directory / WEIGHTS)
        if settings["peft_type"] != "LORA" or settings.get("use_rslora") or settings.get("use_dora"):
            raise ValueError("plain LoRA adapters can be merged, this is another kind")
        scale = np.float32(settings["lora_alpha"] / settings["r"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProviderError(
            f"{directory} is not a whole PEFT adapter directory ({error})",
            help="train again, or fetch the adapter again",
            owner="configuration",
        ) from error
    widths = {module: span.stop - span.start for module, span in columns(config).items()}
    for name in sorted(name for name in tensors if name.endswith(".lora_A.weight")):
        stem = name.removesuffix(".lora_A.weight")
        layer, _, module = stem.removeprefix("base_model.model.model.layers.").partition(".")
        b = tensors.get(f"{stem}.lora_B.weight")
        if b is None or module not in widths or not layer.isdigit() or int(layer) >= config.layers:
            raise _other_model(directory, stem)
        if len(b) != widths[module] or b.shape[1] != len(tensors[name]):
            raise _other_model(directory, stem)
        yield int(layer), module, scale * (tensors[name].T @ b.T)


def _other_model(directory: Path, stem: str) -> ProviderError:
    return ProviderError(
        f"the adapter {directory} was made for another model: {stem} does not fit",
        help="serve it with the base that its adapter_config.json names",
        owner="configuration",
    )


def write_merged_gguf(path: Path, model: Llama, changed: Mapping[str, list[int]]) -> None:
    """A GGUF with the header and tensors of the model's own file, those in ``changed`` replaced as Q8_0.

    Raises ExtraMissing without the ``gguf`` package.
    """
    try:
        import gguf
    except ImportError as error:
        raise ExtraMissing("gguf", "local") from error
    replaced = {
        f"blk.{index}.{GGUF_NAMES[module]}.weight": _projection(model, index, module)
        for module, indices in changed.items()
        for index in indices
    }
    fresh = path.with_name(f"{path.name}.new")
    writer = gguf.GGUFWriter(fresh, model.file.values["general.architecture"])
    _copy_header(gguf, writer, model)
    q8 = gguf.GGMLQuantizationType.Q8_0
    for name, tensor in model.file.tensors.items():
        if name in replaced:
            writer.add_tensor(name, gguf.quants.quantize(replaced[name], q8), raw_dtype=q8)
        else:
            rows = tensor.raw.reshape(*tensor.shape[:-1], -1)
            writer.add_tensor(name, np.asarray(rows), raw_dtype=gguf.GGMLQuantizationType(tensor.kind))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    fresh.replace(path)


def _copy_header(gguf: Any, writer: Any, model: Llama) -> None:
    """Every value of the source's header with its own type, except what the writer sets itself."""
    for key, field in gguf.GGUFReader(model.file.path).fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        kind, item = field.types[0], field.types[-1] if len(field.types) > 1 else None
        writer.add_key_value(key, field.contents(), kind, sub_type=item)


def _projection(model: Llama, index: int, module: str) -> Floats:
    """One projection as the file stores it: (outputs, inputs), q and k in llama.cpp's order."""
    config = model.config
    matrix = next(name for name, modules in MODULES.items() if module in modules)
    weight = getattr(model.layers[index], matrix)[:, columns(config)[module]].T
    heads = {"self_attn.q_proj": config.heads, "self_attn.k_proj": config.kv_heads}.get(module)
    return np.ascontiguousarray(permute(weight, heads) if heads else weight)
