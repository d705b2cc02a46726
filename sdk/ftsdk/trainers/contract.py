"""What every trainer reads and writes, so that a laptop, a cluster and a test are driven alike.

``python -m ftsdk.trainers.NAME --config URL`` reads a `TrainerConfig` and writes, below ``output``:

- ``lock``            held (flock) while a trainer works there, so that one job never trains twice at once
- ``heartbeat.json``  `Heartbeat`, replaced at least every few seconds
- ``metrics.jsonl``   one `StepMetric` a line, appended; a resumed trainer first cuts what follows its checkpoint
- ``checkpoint/``     enough to go on with identical results; replaced atomically
- ``adapter/``        the PEFT directory, with its card as ``README.md``
- ``result.json``     `TrainerResult`, renamed into place last
- ``error.json``      `TrainerFailure`, when it cannot go on
- ``trainer.log``     what it said (stdout and stderr, redirected by whoever started it)

Exit codes: 0 done, 143 stopped by SIGTERM after writing a checkpoint (start again to resume), 75 another trainer holds
the lock, 1 failed (see ``error.json``).

Places (the config, ``model_path``, ``train``, ``validation``, ``output``) are paths or URLs. Which URLs a trainer takes
is its own: the embedded one takes ``file://`` alone, for it trains where its files are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from ftsdk.errors import Owner, UsageError
from ftsdk.values import Value

EXIT_STOPPED = 143
EXIT_LOCKED = 75


def local_path(place: str) -> Path:
    """The path of a place on this machine; raises UsageError for a URL that is elsewhere."""
    parts = urlsplit(place)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return Path(unquote(parts.path))
    if "://" in place:
        raise UsageError(f"{place} is not on this machine", help="this trainer takes paths and file:// URLs")
    return Path(place)


class Hyperparameters(Value):
    """Every number that training depends on, resolved (no ``auto`` left)."""

    rank: int
    alpha: float
    layers: int
    epochs: int
    batch_size: int
    learning_rate: float
    warmup_ratio: float = 0.1
    adam_beta1: float = 0.9
    adam_beta2: float = 0.99
    max_grad_norm: float = 1.0
    seed: int = 42


class TrainerConfig(Value):
    """One training job. ``train`` is chat JSONL whose rows already carry their system message.

    ``validation``, of the same form, is scored after every epoch and never learnt from. ``precision``, ``packing`` and
    ``gradient_checkpointing`` are for the torch trainer; the embedded one computes in fp32 and packs by itself.
    """

    format_version: Literal["1"] = "1"
    key: str
    model: str
    model_path: str
    model_sha256: str
    train: str
    data_sha256: str
    validation: str | None = None
    validation_sha256: str | None = None
    output: str
    hyperparameters: Hyperparameters
    max_tokens: int
    checkpoint_seconds: float = 10.0
    threads: int = 2
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    packing: bool = False
    gradient_checkpointing: bool = False


class Heartbeat(Value):
    """``at`` is Unix seconds; ``step`` of ``steps`` optimiser steps are done, or rows in the stage ``caching``."""

    pid: int
    at: float
    stage: Literal["loading", "caching", "training", "exporting", "done"]
    step: int = 0
    steps: int = 0


class StepMetric(Value):
    """One optimiser step: mean loss over its trained tokens (nats), tokens processed, seconds it took.

    ``validation_loss`` is the mean over the validation rows' answers, at the steps after which they were looked at;
    ``accuracy`` the share of trained tokens that were guessed right. A hosted provider tells a few of these only.
    """

    step: int
    steps: int
    epoch: float
    loss: float
    learning_rate: float | None = None
    grad_norm: float | None = None
    tokens: int = 0
    trained_tokens: int = 0
    seconds: float = 0.0
    at: float
    validation_loss: float | None = None
    accuracy: float | None = None


class TrainerResult(Value):
    """``adapter_sha256`` is the hash of the adapter's weights file; ``seconds`` is training time over all attempts.

    ``validation_loss`` is that after the last step, None without validation rows; ``checkpoints`` hashes of the weights
    of earlier states that were kept, by step: ``checkpoints/step-40/`` is an adapter like the last one.
    """

    key: str
    adapter: str
    adapter_sha256: str
    steps: int
    tokens: int
    trained_tokens: int
    seconds: float
    final_loss: float
    engine: str
    validation_loss: float | None = None
    checkpoints: dict[int, str] = {}


class TrainerFailure(Value):
    """Why a trainer could not go on, whose it is, and the next step."""

    owner: Owner
    message: str
    help: str
