"""A real training that is killed goes on, and ends with the weights of one that was left in peace."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from pathlib import Path

import pytest

from ftsdk.errors import ModelMissing
from ftsdk.providers.base import FileRef, JobState, Order, Poll
from ftsdk.providers.local import LocalProvider
from ftsdk.providers.local_engine import smol
from ftsdk.providers.models import locate
from ftsdk.trainers.contract import Hyperparameters

pytestmark = pytest.mark.crash

MODEL = "smollm2-135m-instruct"
ENDS = (JobState.succeeded, JobState.failed, JobState.cancelled)
ROWS = 24


@pytest.fixture(autouse=True)
def _model() -> None:
    try:
        locate(MODEL)
    except ModelMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def order(tmp_path: Path) -> Order:
    path = tmp_path / "train.jsonl"
    path.write_text("".join(f"{json.dumps(row(number))}\n" for number in range(ROWS)))
    return Order(
        key="calm",
        name="example",
        model=MODEL,
        method="sft",
        hyperparameters=Hyperparameters(rank=4, alpha=8.0, layers=2, epochs=2, batch_size=2, learning_rate=1e-3),
        train=FileRef(path=str(path), sha256=hashlib.sha256(path.read_bytes()).hexdigest(), rows=ROWS),
        system_prompt=None,
        max_tokens=128,
    )


def row(number: int) -> dict[str, object]:
    question, answer = f"What is {number} and {number * 7 % 10}?", f"It is {number + number * 7 % 10}."
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}


def place(provider: LocalProvider, order: Order) -> str:
    return provider.create(order, provider.upload(order))


def to_the_end(provider: LocalProvider, job: str, cursor: str = "") -> list[Poll]:
    looks = [provider.poll(job, cursor)]
    while looks[-1].state not in ENDS:
        time.sleep(0.02)
        looks.append(provider.poll(job, looks[-1].cursor))
    return looks


def test_a_training_killed_in_every_stage_ends_with_the_same_weights(tmp_path: Path, order: Order) -> None:
    provider = LocalProvider("local", tmp_path / "jobs")
    calm = place(provider, order)
    to_the_end(provider, calm)
    job = place(provider, order.model_copy(update={"key": "killed"}))
    cursor, steps, killed = "", [], []
    for moment in (0, 1, 9, 17):  # before the first step, and after so many steps
        while (len(steps) < moment) or (moment == 0 and not (tmp_path / "jobs" / "killed" / "heartbeat.json").exists()):
            look = provider.poll(job, cursor)
            cursor, steps = look.cursor, steps + [metric.step for metric in look.metrics]
        pid = int((tmp_path / "jobs" / "killed" / "started").read_text())
        os.kill(pid, signal.SIGKILL)
        killed.append(pid)
    looks = to_the_end(provider, job, cursor)
    steps += [metric.step for look in looks for metric in look.metrics]
    assert looks[-1].state is JobState.succeeded
    assert len(set(killed)) == 4, "each start was killed once"
    assert steps == list(range(1, ROWS + 1)), "every step is told once"
    assert provider.result(job).sha256 == provider.result(calm).sha256


def test_a_training_that_is_stopped_and_resumed_ends_with_the_same_weights(tmp_path: Path, order: Order) -> None:
    provider = LocalProvider("local", tmp_path / "jobs")
    calm = place(provider, order)
    to_the_end(provider, calm)
    job = place(provider, order.model_copy(update={"key": "stopped"}))
    while not provider.poll(job).metrics:
        time.sleep(0.01)
    provider.cancel(job)
    assert to_the_end(provider, job)[-1].state is JobState.cancelled
    provider.resume(job)
    assert to_the_end(provider, job)[-1].state is JobState.succeeded
    assert provider.result(job).sha256 == provider.result(calm).sha256


def test_a_disk_that_refuses_the_checkpoint_is_a_sentence_and_can_be_mended(tmp_path: Path, order: Order) -> None:
    """A trainer whose files may not grow past 64 KB stands for a full disk."""
    engine = smol()
    cramped = ("/bin/sh", "-c", 'ulimit -f 64; exec "$@"', "sh", *engine.trainer)
    provider = LocalProvider("local", tmp_path / "jobs", engine=engine.model_copy(update={"trainer": cramped}))
    job = place(provider, order)
    ended = to_the_end(provider, job)[-1]
    assert ended.state is JobState.failed
    assert ended.failure is not None
    assert "the disk is full" in ended.failure.message
    assert ended.failure.owner == "platform"
    mended = LocalProvider("local", tmp_path / "jobs")
    mended.resume(job)
    assert to_the_end(mended, job)[-1].state is JobState.succeeded
