"""What the torch trainer leaves: a PEFT directory with its card, and the result."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from ftsdk.trainers.contract import TrainerConfig, TrainerResult
from ftsdk.trainers.smol.card import write_card
from ftsdk.trainers.smol.checkpoint import Progress
from ftsdk.trainers.smol.export import WEIGHTS
from ftsdk.trainers.smol.output import replace_file, sync_directory


def export(
    config: TrainerConfig,
    model: Any,
    done: Progress,
    *,
    base: str,
    rows: int,
    engine: str,
    final_loss: float,
    validation_loss: float | None,
) -> TrainerResult:
    """Write the adapter and, last, the result."""
    output, known = Path(config.output), {"final_loss": final_loss, "validation_loss": validation_loss}
    counts = {"steps": done.step, "tokens": done.tokens, "trained_tokens": done.trained_tokens}
    card = write_card(config, rows=rows, base=base, engine=engine, **counts, **known)  # type: ignore[arg-type]
    sha256 = write_adapter(output / "adapter", model, card)
    result = TrainerResult(
        key=config.key,
        adapter="adapter",
        adapter_sha256=sha256,
        seconds=done.seconds,
        engine=engine,
        **counts,
        **known,
    )
    replace_file(output / "result.json", result.model_dump_json(indent=2).encode())
    return result


def write_adapter(directory: Path, model: Any, card: str) -> str:
    """Write the PEFT directory whole or not at all; return the hash of its weights file."""
    from peft import get_peft_model_state_dict
    from safetensors.torch import save

    fresh = directory.with_name(f"{directory.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    # Copies: projections that share A would otherwise be one tensor under three names, which the format refuses.
    tensors = {name: value.detach().cpu().clone() for name, value in get_peft_model_state_dict(model).items()}
    weights = save(tensors, metadata={"format": "pt"})
    replace_file(fresh / WEIGHTS, weights)
    settings = model.peft_config["default"].to_dict() | {"inference_mode": True}
    replace_file(fresh / "adapter_config.json", json.dumps(settings, indent=2, default=_plain).encode())
    replace_file(fresh / "README.md", card.encode())
    shutil.rmtree(directory, ignore_errors=True)
    fresh.rename(directory)
    sync_directory(directory.parent)
    return hashlib.sha256(weights).hexdigest()


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, set) else str(value)
