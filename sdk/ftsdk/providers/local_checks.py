"""What can be refused before the embedded engine starts: the model, the rows, the room on disk and in memory."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from ftsdk.catalogue.models import EmbeddedModel
from ftsdk.data.value import Message
from ftsdk.diagnostics import Diagnostic, Place, Severity
from ftsdk.providers.base import FileRef, Order
from ftsdk.providers.files import sha256_of

DISK_BYTES = 256 << 20  # two checkpoints with Adam's moments, the adapter and a merged copy
MEMORY_BYTES = 1_700_000_000  # peak that was measured
CHAT = TypeAdapter(tuple[Message, ...])

CountTokens = Callable[[Sequence[Message]], int]


class TrainingRow(NamedTuple):
    """One line of the training file; ``messages`` is None when it is not a chat."""

    line: int
    messages: tuple[Message, ...] | None


def check_order(
    order: Order, model: EmbeddedModel, directory: Path, precisions: Sequence[str] = ("auto", "fp32")
) -> Iterator[Diagnostic]:
    """Findings that need neither the model file nor its tokenizer."""
    if order.method not in model.methods:
        allowed = ", ".join(model.methods)
        yield _error("method", f"{model.name} is not trained by {order.method!r} here", help=f"methods: {allowed}")
    if order.hyperparameters is None:
        yield _error("hyperparameters", "the order leaves the numbers of training to the engine", help="plan again")
    if order.settings.precision not in precisions:
        allowed = ", ".join(precisions)
        yield _error("method", f"this engine does not compute in {order.settings.precision}", help=f"use {allowed}")
    if order.max_tokens > model.context_tokens:
        yield _error(
            "context",
            f"rows of up to {order.max_tokens} tokens do not fit {model.name}, which sees {model.context_tokens}",
            help=f"shorten the rows to {model.context_tokens} tokens",
        )
    yield from _check_disk(directory)
    yield from _check_memory()


def check_rows(order: Order, count_tokens: CountTokens) -> Iterator[Diagnostic]:
    """Findings in the training file and the validation file, each with its line."""
    for file, kind in zip(order.files, ("training", "validation"), strict=False):
        yield from _check_file(file, kind, order, count_tokens)


def _check_file(file: FileRef, kind: str, order: Order, count_tokens: CountTokens) -> Iterator[Diagnostic]:
    path = Path(file.path)
    if not path.is_file():
        yield _error("train-missing", f"the {kind} file {path} does not exist", help="plan again")
        return
    if sha256_of(path) != file.sha256:
        yield _error("train-changed", f"the {kind} file {path} changed after it was planned", help="plan again")
        return
    for row in read_rows(path):
        yield from _check_row(row, file.path, order, count_tokens)


def read_rows(path: Path) -> Iterator[TrainingRow]:
    """The chats of a JSONL file, line by line; empty lines are passed over."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield TrainingRow(number, _messages(line))


def _messages(line: bytes) -> tuple[Message, ...] | None:
    try:
        row = json.loads(line)
        turns = [{"role": turn["role"], "content": turn["content"]} for turn in row["messages"]]
        return CHAT.validate_python(turns)
    except (ValueError, KeyError, TypeError, ValidationError):
        return None


def _check_row(row: TrainingRow, file: str, order: Order, count_tokens: CountTokens) -> Iterator[Diagnostic]:
    place = Place(file=file, line=row.line)
    if not row.messages or row.messages[-1].role != "assistant":
        yield _error("row", "not a chat that ends with an answer", place, "run ft validate for the details")
        return
    if order.system_prompt is not None and row.messages[0].role != "system":
        yield _error("row-prompt", "the row lacks the system message that the model is to be tuned with", place)
    if (tokens := count_tokens(row.messages)) > order.max_tokens:
        yield _error(
            "row-length",
            f"{tokens} tokens, more than the {order.max_tokens} that are trained on; the end would be lost",
            place,
            "shorten or remove the row",
        )


def _check_disk(directory: Path) -> Iterator[Diagnostic]:
    existing = next(parent for parent in (directory, *directory.resolve().parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < DISK_BYTES:
        yield _error(
            "disk",
            f"checkpoints and the adapter need {DISK_BYTES / 1e6:.0f} MB, {free / 1e6:.0f} MB are free in {existing}",
            help="free some space",
        )


def _check_memory() -> Iterator[Diagnostic]:
    available = available_memory()
    if available is not None and available < MEMORY_BYTES:
        yield Diagnostic(
            code="local/memory",
            severity=Severity.warning,
            message=f"training takes about {MEMORY_BYTES / 1e9:.1f} GB of memory, {available / 1e9:.1f} GB are free",
            help="close other programs, or lower method.batch_size",
        )


def available_memory() -> int | None:
    """Bytes that a new process can have; None where the system does not say."""
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    if "SC_AVPHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _error(rule: str, message: str, place: Place | None = None, help: str | None = None) -> Diagnostic:
    return Diagnostic(code=f"local/{rule}", severity=Severity.error, message=message, place=place, help=help)
