"""What the torch engine adds to the local provider: options of a method, and the tokenizer of a model directory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftsdk.spec.method import Method

if TYPE_CHECKING:
    from ftsdk.trainers.torch.tokens import TemplateTokens


def engine_options(method: Method) -> dict[str, Any]:
    """Fields of a TrainerConfig that only the torch trainer reads; ``auto`` is the trainer's own default."""
    found = {name: getattr(method, name) for name in ("precision", "packing", "gradient_checkpointing")}
    return {name: value for name, value in found.items() if value != "auto"}


def directory_tokens(directory: Path) -> TemplateTokens:
    """The tokenizer of a Hugging Face directory, with its chat template."""
    from transformers import AutoTokenizer

    from ftsdk.trainers.torch.tokens import TemplateTokens

    return TemplateTokens(AutoTokenizer.from_pretrained(directory, local_files_only=True))
