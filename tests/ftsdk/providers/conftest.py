"""Stand-ins for the engine: real processes that keep its contracts and take milliseconds."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ftsdk.providers.base import FileRef, Order
from ftsdk.providers.local import LocalProvider
from ftsdk.providers.local_engine import Engine
from ftsdk.trainers.contract import Hyperparameters

STAND_INS = Path(__file__).parent / "stand_ins"
HYPERPARAMETERS = Hyperparameters(rank=4, alpha=8.0, layers=1, epochs=1, batch_size=2, learning_rate=1e-3)

MakeProvider = Callable[..., LocalProvider]
MakeOrder = Callable[..., Order]


def stand_in(*trainer: str, server: tuple[str, ...] = ()) -> Engine:
    """An engine whose processes are the stand-ins, with options for how they misbehave."""
    python = sys.executable
    return Engine(
        name="stand-in",
        trainer=(python, str(STAND_INS / "trainer.py"), *trainer),
        server=(python, str(STAND_INS / "server.py"), *server),
        variables={},
        note="a stand-in",
    )


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    """A file that says it is a model."""
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF and nothing else")
    return path


@pytest.fixture
def make_provider(tmp_path: Path, model_file: Path) -> MakeProvider:
    """A local provider with stand-ins; called twice it makes two that share a directory, like two processes."""

    def make(*trainer: str, server: tuple[str, ...] = ()) -> LocalProvider:
        engine = stand_in(*trainer, server=server)
        return LocalProvider("local", tmp_path / "jobs", model_file, tmp_path / "cache", engine)

    return make


@pytest.fixture
def make_order(tmp_path: Path) -> MakeOrder:
    """An order for four short rows; ``change`` replaces fields."""

    def make(key: str = "key-1", rows: list[dict[str, object]] | None = None, **change: object) -> Order:
        path = tmp_path / f"{hashlib.sha256(key.encode()).hexdigest()}.jsonl"
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows or [chat(str(n)) for n in range(4)]))
        train = FileRef(path=str(path), sha256=hashlib.sha256(path.read_bytes()).hexdigest(), rows=4)
        order = Order(
            key=key,
            name="example",
            model="smollm2-135m-instruct",
            method="sft",
            hyperparameters=HYPERPARAMETERS,
            train=train,
            system_prompt="Be brief.",
            max_tokens=64,
        )
        return order.model_copy(update=change)

    return make


def chat(question: str, answer: str = "yes", system: str | None = "Be brief.") -> dict[str, object]:
    """One row of chat JSONL."""
    turns = [("system", system), ("user", question), ("assistant", answer)]
    return {"messages": [{"role": role, "content": text} for role, text in turns if text is not None]}
