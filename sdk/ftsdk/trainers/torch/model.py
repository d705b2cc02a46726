"""A model with its tokenizer from a directory, a hub id or the embedded engine's file, and LoRA on its top layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ftsdk.errors import ModelMissing, UsageError
from ftsdk.trainers.contract import Hyperparameters
from ftsdk.trainers.smol.tokenizer import Encoded, Tokenizer

# Projections of one input share A, as in the embedded engine: [q k v] is one adapter, [gate up] another.
SHARING = (("q_proj", "k_proj", "v_proj"), ("gate_proj", "up_proj"))


class ChatTokens(Protocol):
    """What training and answering need of a tokenizer."""

    end: int

    def encode_chat(self, messages: Any) -> Encoded:
        """Ids and labels of a conversation."""

    def encode_prompt(self, messages: Any) -> list[int]:
        """Ids up to where the assistant answers."""

    def decode(self, tokens: Any) -> str:
        """The text of ids."""


@dataclass
class Loaded:
    """A causal language model of transformers with its tokenizer; ``base`` is what its adapters name."""

    model: Any
    tokens: ChatTokens
    base: str
    layers: int
    context: int


def load(place: str, dtype: Any) -> Loaded:
    """Read the model at ``place``: a GGUF file of the embedded engine, a directory, or else a hub id.

    Raises ModelMissing when there is none that transformers can read.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from ftsdk.trainers.torch.tokens import TemplateTokens

    path = Path(place)
    if path.is_file():
        return _from_gguf(path, dtype)
    here = path.is_dir()
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, local_files_only=here)
        model = AutoModelForCausalLM.from_pretrained(place, dtype=dtype, local_files_only=here)
    except (OSError, ValueError, KeyError) as error:
        raise ModelMissing(
            f"transformers cannot read a model from {place!r}: {str(error).splitlines()[0] if str(error) else error!r}",
            help="name a model directory (config.json, *.safetensors, tokenizer.json) or a hub id that can be reached",
        ) from error
    shape = model.config.get_text_config()
    return Loaded(model, TemplateTokens(tokenizer), place, shape.num_hidden_layers, shape.max_position_embeddings)


def _from_gguf(path: Path, dtype: Any) -> Loaded:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from ftsdk.trainers.smol.export import BASE
    from ftsdk.trainers.smol.weights import load_llama
    from ftsdk.trainers.torch.directory import config_values, state_dict

    llama = load_llama(path)
    model = LlamaForCausalLM(LlamaConfig(**config_values(llama.config)))
    state = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in state_dict(llama).items()}
    model.load_state_dict(state, strict=False)
    model.tie_weights()
    tokenizer = Tokenizer(llama.file.values)
    return Loaded(model.to(dtype).eval(), tokenizer, BASE, llama.config.layers, llama.config.context)


def adapt(loaded: Loaded, numbers: Hyperparameters) -> Any:
    """A PEFT model with fresh adapters in fp32 on every linear map of the top layers, begun as the embedded engine's.

    Raises UsageError when the model has fewer layers than are to be trained.
    """
    from peft import LoraConfig, get_peft_model

    if not 1 <= numbers.layers <= loaded.layers:
        raise UsageError(
            f"{numbers.layers} layers to train, but the model has {loaded.layers}", help=f"choose 1 to {loaded.layers}"
        )
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=numbers.rank,
        lora_alpha=numbers.alpha,  # type: ignore[arg-type,unused-ignore]
        lora_dropout=0.0,
        target_modules=sorted(_linear_names(loaded.model)),
        layers_to_transform=list(range(loaded.layers - numbers.layers, loaded.layers)),
        layers_pattern="layers",
    )
    model = get_peft_model(loaded.model, config)
    model.peft_config["default"].base_model_name_or_path = loaded.base
    _share(model)
    _initialise(model, numbers.seed)
    return model


def _linear_names(model: Any) -> set[str]:
    from torch.nn import Linear

    inside = ((name, module) for name, module in model.named_modules() if ".layers." in f".{name}")
    return {name.rpartition(".")[2] for name, module in inside if isinstance(module, Linear)}


def _adapted(model: Any) -> Iterator[tuple[str, Any]]:
    for name, module in model.named_modules():
        if hasattr(module, "lora_A") and "default" in module.lora_A:
            yield name, module


def _share(model: Any) -> None:
    found = dict(_adapted(model))
    for name, module in found.items():
        parent, _, leaf = name.rpartition(".")
        first = next((group[0] for group in SHARING if leaf in group[1:]), None)
        if first and (shared := found.get(f"{parent}.{first}")) is not None:
            module.lora_A["default"] = shared.lora_A["default"]


def _initialise(model: Any, seed: int) -> None:
    """A uniform in +-1/sqrt(inputs) from NumPy's generator, in the order of the layers; B is zero."""
    import torch

    random = np.random.Generator(np.random.PCG64(seed))
    seen = set[int]()
    for _name, module in _adapted(model):
        a = module.lora_A["default"].weight
        if id(a) in seen:
            continue
        seen.add(id(a))
        rank, inputs = a.shape
        drawn = random.uniform(-(inputs**-0.5), inputs**-0.5, (inputs, rank)).astype(np.float32)
        with torch.no_grad():
            a.copy_(torch.from_numpy(drawn.T.copy()))
