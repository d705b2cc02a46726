"""A job as OpenAI's protocol tells it, in our words: read leniently, because services add states and fields."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from ftsdk.errors import Owner
from ftsdk.providers.base import Checkpoint, Failure, JobState, Order, Remnant
from ftsdk.providers.faults import redacted
from ftsdk.providers.flavours import Flavour

Native = Mapping[str, Any]
MARK = "ftsdk_op"  # the metadata under which a job carries its operation key
ENDS = frozenset({JobState.succeeded, JobState.failed, JobState.cancelled})

STATES: dict[str, JobState] = {
    "validating_files": JobState.validating,
    "created": JobState.queued,
    "pending": JobState.queued,
    "queued": JobState.queued,
    "running": JobState.running,
    "paused": JobState.paused,
    "succeeded": JobState.succeeded,
    "failed": JobState.failed,
    "cancelled": JobState.cancelled,
    "canceled": JobState.cancelled,
}

# What a job's error code says of whose it is; a code that is not here is told by the words in it.
_OWNERS: dict[str, tuple[Owner, str]] = {
    "exceeded_quota": ("quota", "wait for other jobs to end, or ask for more, then retry"),
    "insufficient_quota": ("quota", "add credit to the account, then retry"),
    "billing_hard_limit_reached": ("budget", "raise the account's own limit, then retry"),
    "server_error": ("platform", "retry it; if it fails again, ask the service"),
    "internal_error": ("platform", "retry it; if it fails again, ask the service"),
    "model_not_available": ("configuration", "name another model in the spec"),
}
_WORDS: tuple[tuple[str, Owner, str], ...] = (
    (r"quota|rate.?limit|capacity", "quota", "wait, or ask for more, then retry"),
    (r"billing|credit|balance", "budget", "add credit to the account, then retry"),
    (r"file|example|token|line|format|moderation|policy|content|unsafe", "data", "mend the rows that it names"),
    (r"hyperparameter|model|suffix|permission|grader", "configuration", "change what the sentence names"),
)

METHODS = {"sft": "supervised", "dpo": "dpo", "rft": "reinforcement"}
# Keys of a spec's method -> theirs.
_NUMBERS = {
    "epochs": "n_epochs",
    "batch_size": "batch_size",
    "learning_rate_multiplier": "learning_rate_multiplier",
    "beta": "beta",
    "compute_multiplier": "compute_multiplier",
    "eval_interval": "eval_interval",
    "eval_samples": "eval_samples",
    "reasoning_effort": "reasoning_effort",
}
_OF = {
    "sft": ("epochs", "batch_size", "learning_rate_multiplier"),
    "dpo": ("epochs", "batch_size", "learning_rate_multiplier", "beta"),
    "rft": ("epochs", "batch_size", "learning_rate_multiplier", "compute_multiplier", "eval_interval", "eval_samples",
            "reasoning_effort"),
}  # fmt: skip
MOST_SEED = 2**31


def state_of(job: Native) -> JobState:
    """Where a job is. One that succeeded has its model's name too, or it is not there yet."""
    state = STATES.get(str(job.get("status")), JobState.unknown)
    return JobState.running if state is JobState.succeeded and not job.get("fine_tuned_model") else state


def failure_of(job: Native) -> Failure | None:
    """Why a failed job failed."""
    if state_of(job) is not JobState.failed:
        return None
    error = job.get("error") or {}
    code, said = str(error.get("code") or ""), redacted(str(error.get("message") or ""))
    owner, help = _owner_of(code, said)
    named = ", ".join(part for part in (code, error.get("param")) if part)
    text = f"the job {job.get('id')} failed{f' ({named})' if named else ''}: {said or 'no reason was given'}"
    return Failure(owner=owner, message=text, help=help)


def _owner_of(code: str, said: str) -> tuple[Owner, str]:
    if code in _OWNERS:
        return _OWNERS[code]
    for text in (code, said):
        for pattern, owner, help in _WORDS:
            if re.search(pattern, text, re.IGNORECASE):
                return owner, help
    return "platform", "retry it; if it fails again, ask the service"


def mark_of(key: str) -> str:
    """Sixteen hex digits that stand for an operation key where the key itself does not fit."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def suffix_of(order: Order, flavour: Flavour) -> str:
    """What the tuned model's name ends in: the spec's name as far as it fits, and eight digits of the key."""
    plain = re.sub(r"[^a-z0-9]+", "-", order.name.lower()).strip("-")
    room = flavour.suffix_length - 9
    return f"{plain[:room].rstrip('-') or 'ft'}-{mark_of(order.key)[:8]}"


def method_of(order: Order) -> dict[str, Any]:
    """The method as a request says it; what is ``auto`` is left out."""
    asked = {_NUMBERS[name]: getattr(order.settings, name) for name in _OF[order.method]}
    inner: dict[str, Any] = {
        "hyperparameters": {name: value for name, value in asked.items() if value not in ("auto", None)}
    }
    if order.method == "rft" and order.settings.grader is not None:
        inner["grader"] = order.settings.grader.model_dump(mode="json", exclude_none=True)
    kind = METHODS[order.method]
    return {"type": kind, kind: inner}


def request_of(order: Order, flavour: Flavour, file: str, validation: str | None) -> dict[str, Any]:
    """What a job is asked for with."""
    body: dict[str, Any] = {
        "model": order.model,
        "training_file": file,
        "method": method_of(order),
        "seed": order.settings.seed % MOST_SEED,
        "suffix": suffix_of(order, flavour),
    }
    if validation is not None:
        body["validation_file"] = validation
    if flavour.finds_by == "metadata":
        body["metadata"] = {MARK: order.key, "ftsdk_name": order.name, "ftsdk_data": order.train.sha256}
    return body


def carries(job: Native, key: str, files: frozenset[str]) -> bool:
    """Whether a job is of this key; a gateway may list all jobs whatever it was asked."""
    return (job.get("metadata") or {}).get(MARK) == key or job.get("training_file") in files


def remnant_of(job: Native, files: Collection[str]) -> Remnant | None:
    """An unfinished job that carries our mark, or trains on one of our ``files``; None of any other."""
    key = (job.get("metadata") or {}).get(MARK)
    if key is None and job.get("training_file") not in files:
        return None
    return Remnant(kind="job", id=str(job["id"]), key=str(key or ""), note=str(job.get("status")))


def checkpoint_of(native: Native) -> Checkpoint:
    """The model of one epoch, and its losses."""
    metrics = native.get("metrics") or {}
    validation = metrics.get("full_valid_loss", metrics.get("valid_loss"))
    return Checkpoint(
        model=str(native.get("fine_tuned_model_checkpoint")),
        step=int(native.get("step_number") or 0),
        loss=metrics.get("train_loss"),
        validation_loss=validation,
    )


def shutdown_of(model: Mapping[str, Any] | None) -> date | None:
    """The day a model is shut down, where its service says so."""
    try:
        return date.fromisoformat(str((model or {}).get("shutdown_date")))
    except ValueError:
        return None


def size_of(file: Native) -> str:
    """A file's size in words."""
    return f"{int(file.get('bytes') or 0):,} B"


def seconds_left(native: Native) -> float | None:
    """How long a running job will still take, where its service says so."""
    finish = native.get("estimated_finish")
    return max(0.0, float(finish) - time.time()) if finish and not native.get("finished_at") else None
