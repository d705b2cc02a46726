"""The directory a trainer writes: the lock, files that are replaced whole, the heartbeat and the metrics."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Literal

from ftsdk.trainers.contract import Heartbeat, StepMetric

Stage = Literal["loading", "caching", "training", "exporting", "done"]


class Locked(Exception):
    """Another trainer works in this directory."""


@contextmanager
def lock(directory: Path) -> Iterator[None]:
    """Hold the directory; the kernel lets go when the process dies, however it dies. Raises Locked."""
    with (directory / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Locked(str(directory)) from error
        yield


def replace_file(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file so that a reader sees the old or the new one, never half of one."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("wb") as file:
        file.write(content)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    fresh.replace(path)
    if durable:
        sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make renames in a directory survive a power cut."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Pulse:
    """Writes heartbeat.json every second from a thread of its own, so that a long step does not look like death."""

    def __init__(self, directory: Path) -> None:
        self._path, self._stop, self._beating = directory / "heartbeat.json", Event(), Lock()
        self.stage: Stage = "loading"
        self.step = self.steps = 0
        self._thread = Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Pulse:
        self.beat()
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join()

    def beat(self) -> None:
        """Write it now."""
        with self._beating:  # the loop and the thread would each rename the other's file
            heartbeat = Heartbeat(pid=os.getpid(), at=time.time(), stage=self.stage, step=self.step, steps=self.steps)
            replace_file(self._path, heartbeat.model_dump_json().encode(), durable=False)

    def _run(self) -> None:
        while not self._stop.wait(1.0):
            try:
                self.beat()
            except OSError as error:  # a full disk: the training loop meets it too, and reports it
                print(f"heartbeat not written: {error}", flush=True)  # noqa: T201 - goes to trainer.log


class Metrics:
    """metrics.jsonl: one line a step, and on resuming only those up to the checkpoint."""

    def __init__(self, directory: Path, steps_done: int) -> None:
        self._path = directory / "metrics.jsonl"
        kept = [line for line in self._lines() if json.loads(line)["step"] <= steps_done]
        replace_file(self._path, b"".join(line + b"\n" for line in kept))
        self._file = self._path.open("ab", buffering=0)

    def append(self, metric: StepMetric) -> None:
        """Add a step."""
        self._file.write(metric.model_dump_json().encode() + b"\n")

    def close(self) -> None:
        """Make what was written survive a power cut, and close."""
        os.fsync(self._file.fileno())
        self._file.close()

    def read(self) -> list[StepMetric]:
        """All steps so far."""
        return [StepMetric.model_validate_json(line) for line in self._lines()]

    def _lines(self) -> list[bytes]:
        """Whole lines; what follows the last newline is a line that a kill cut short."""
        return self._path.read_bytes().split(b"\n")[:-1] if self._path.exists() else []
