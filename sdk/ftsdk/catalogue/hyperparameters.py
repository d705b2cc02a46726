"""Which hyperparameters each kind of connection takes, by method, and between which bounds.

Names are those of a spec's ``method``. A kind that is not listed here takes what it likes: its provider checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple


class Bounds(NamedTuple):
    """Least and greatest value; None where there is no bound, or where the value is no number."""

    low: float | None = None
    high: float | None = None


ANY = Bounds()
Takes = Mapping[str, Bounds]


class KindRow(NamedTuple):
    """What one kind of connection takes of each method it trains; ``source`` is where it is documented."""

    kind: str
    methods: Mapping[str, Takes]
    source: str
    as_of: date


_OPENAI = {
    "epochs": Bounds(1, 50),
    "batch_size": Bounds(1, 256),
    "learning_rate_multiplier": ANY,
    "seed": Bounds(0, 2**31 - 1),
}
_OPENAI_RFT = _OPENAI | {
    "grader": ANY,
    "compute_multiplier": Bounds(1e-5, 10),
    "eval_interval": Bounds(1),
    "eval_samples": Bounds(1),
    "reasoning_effort": ANY,
}
_OPENAI_METHODS = {"sft": _OPENAI, "dpo": _OPENAI | {"beta": Bounds(0, 2)}, "rft": _OPENAI_RFT}
_OPENAI_SOURCE = "openai 3.54.0 and OpenAI's OpenAPI document"
_TOGETHER = {
    "adapter.type": ANY,
    "adapter.rank": ANY,
    "adapter.alpha": ANY,
    "adapter.dropout": ANY,
    "adapter.modules": ANY,
    "epochs": ANY,
    "batch_size": ANY,
    "learning_rate": ANY,
    "scheduler": ANY,
    "min_lr_ratio": ANY,
    "warmup_ratio": ANY,
    "weight_decay": ANY,
    "max_grad_norm": ANY,
    "gradient_accumulation_steps": ANY,
    "max_sequence_tokens": ANY,
    "packing": ANY,
    "checkpoints": ANY,
    "evaluations": ANY,
    "early_stopping": ANY,
    "seed": ANY,
}
_TORCH = _TOGETHER | {"adapter.layers": ANY, "precision": ANY, "gradient_checkpointing": ANY}
_TORCH_METHODS = {"sft": _TORCH | {"train_on_inputs": ANY}, "dpo": _TORCH | {"beta": ANY, "rpo_alpha": ANY}}
_TORCH_SOURCE = "the torch trainer: transformers, TRL 1.16 and PEFT"

KINDS: tuple[KindRow, ...] = (
    KindRow(
        "local",
        {
            "sft": {
                "adapter.type": ANY,
                "adapter.rank": ANY,
                "adapter.alpha": ANY,
                "adapter.layers": ANY,
                "epochs": ANY,
                "batch_size": ANY,
                "learning_rate": ANY,
                "seed": ANY,
            }
        },
        "ftsdk.trainers.contract",
        date(2026, 11, 22),
    ),
    KindRow("local torch", _TORCH_METHODS, _TORCH_SOURCE, date(2026, 11, 22)),
    KindRow("ray", _TORCH_METHODS, _TORCH_SOURCE, date(2026, 11, 22)),
    KindRow("openai", _OPENAI_METHODS, _OPENAI_SOURCE, date(2026, 11, 22)),
    KindRow("azure", _OPENAI_METHODS, _OPENAI_SOURCE, date(2026, 11, 22)),
    KindRow("openai_compatible", _OPENAI_METHODS, _OPENAI_SOURCE, date(2026, 11, 22)),
    KindRow("anthropic", {}, "Anthropic's own API trains nothing", date(2026, 11, 22)),
    KindRow(
        "bedrock",
        {
            # The widest of all models: Claude 3 Haiku takes 1 to 10 epochs and batches of 4 to 256.
            "sft": {
                "epochs": Bounds(1, 50),
                "batch_size": Bounds(1, 512),
                "learning_rate": ANY,
                "learning_rate_multiplier": Bounds(0.1, 2),
                "early_stopping": ANY,
            },
            "rft": {
                "grader": ANY,
                "epochs": Bounds(1, 50),
                "batch_size": Bounds(16, 512),
                "learning_rate": Bounds(1e-7, 1e-3),
                "samples_per_prompt": Bounds(2, 16),
                "reasoning_effort": ANY,
                "eval_interval": Bounds(1, 100),
                "max_prompt_tokens": ANY,
                "max_answer_tokens": ANY,
            },
        },
        "botocore 1.44.5 (rftConfig) and the AWS page on Claude 3 Haiku's hyperparameters",
        date(2026, 11, 22),
    ),
    KindRow(
        "together",
        {
            "sft": _TOGETHER | {"train_on_inputs": ANY},
            "dpo": _TOGETHER | {"beta": ANY, "rpo_alpha": ANY, "simpo_gamma": ANY, "length_normalized": ANY},
        },
        "together 3.1.1, fine_tuning.create; the service's model_limits are narrower",
        date(2026, 11, 22),
    ),
)


def kind_row(kind: str) -> KindRow | None:
    """The row of a kind of connection; None when nothing is known of it."""
    return next((row for row in KINDS if row.kind == kind), None)
