"""One local job: a directory that says everything, and a trainer process that is started again until it is done."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from ftsdk.errors import ProviderError
from ftsdk.providers.base import Failure, JobState
from ftsdk.providers.files import explained, write_whole
from ftsdk.providers.local_engine import Engine
from ftsdk.providers.locks import is_held, try_lock
from ftsdk.trainers.contract import Heartbeat, TrainerConfig, TrainerFailure, TrainerResult
from ftsdk.values import Value

SILENT_AFTER = 120.0  # seconds without a heartbeat after which a living trainer counts as silent
KILL_AFTER = 60.0  # seconds that a cancelled trainer gets to write its checkpoint
LOUD_DEATHS = 3  # ends in a row without progress, the last with a traceback
QUIET_DEATHS = 10  # the same without a word: kill -9, or the system ran out of memory
LOG_TAIL = 4096

# Children of this process, kept until they are reaped; any process may look at a job, only the parent can reap.
_CHILDREN: list[subprocess.Popen[bytes]] = []

V = TypeVar("V", bound=Value)


class Look(NamedTuple):
    """What one look at a job found; ``native`` is the trainer's own word."""

    state: JobState
    native: str
    failure: Failure | None = None


class Attempts(Value):
    """The book of starts. ``idle`` counts ends in a row that got no further than ``step`` and ``checkpoint``."""

    starts: int = 0
    idle: int = 0
    step: int = 0
    checkpoint: str = ""
    log_bytes: int = 0


class LocalJob:
    """A job's directory. Looking at it is safe from any number of processes and threads at once.

    The file ``started`` is locked (flock) by whoever decides about starting; the descriptor is then inherited by the
    trainer, so the lock means "somebody is at it" and the kernel lifts it at the trainer's death, however it dies.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.config_path = directory / "config.json"
        self.adapter = directory / "adapter"
        self.metrics = directory / "metrics.jsonl"
        self.log = directory / "trainer.log"
        self._started = directory / "started"
        self._cancelled = directory / "cancelled"
        self._error = directory / "error.json"
        self._attempts = directory / "attempts.json"

    def exists(self) -> bool:
        """Whether the job was created."""
        return self.config_path.is_file()

    def config(self) -> TrainerConfig:
        """What the trainer was told; raises ProviderError when it cannot be read."""
        if (config := _read(self.config_path, TrainerConfig)) is None:
            raise ProviderError(
                f"the job's file {self.config_path} cannot be read",
                help="it was changed or damaged; remove its directory to train anew",
            )
        return config

    def adapter_of(self, step: int | None) -> Path:
        """Where the adapter lies: the last, or that of an earlier step."""
        return self.adapter if step is None else self.directory / "checkpoints" / f"step-{step}"

    def result(self) -> TrainerResult | None:
        """What the trainer left, once it is done."""
        return _read(self.directory / "result.json", TrainerResult)

    def heartbeat(self) -> Heartbeat | None:
        """The trainer's last sign of life, of this start or an earlier one."""
        return _read(self.directory / "heartbeat.json", Heartbeat)

    def write(self, config: TrainerConfig) -> None:
        """Write the job's config once; raises ProviderError when the key already names another job."""
        with explained("create the job", self.directory):
            self.directory.mkdir(parents=True, exist_ok=True)
            aside = self.directory / f"config.{os.getpid()}.{time.monotonic_ns()}"
            write_whole(aside, config.model_dump_json(indent=2).encode())
            with suppress(FileExistsError):  # the first to come is right; the others compare
                os.link(aside, self.config_path)
            aside.unlink()
        known = self.config()
        if _what_it_makes(known) != _what_it_makes(config):
            raise ProviderError(
                f"the operation key {config.key!r} already made another job; nothing was started",
                help="plan again: a changed order gets a key of its own",
            )

    def look(self, engine: Engine) -> Look:
        """Where the job is; starts the trainer when nobody is at it and it is not at its end."""
        _reap()
        if self.result() is not None:
            return Look(JobState.succeeded, "done")
        with explained("look after the job", self.directory):
            lock = try_lock(self._started)
            if lock is None:
                return self._alive()
            try:
                return self._ended() or self._with_nobody_at_it(engine, lock)
            finally:
                os.close(lock)  # a trainer that was started holds a copy

    def at_its_end(self) -> bool:
        """Whether it is done, failed or stopped; asked without starting anything."""
        return self._ended() is not None or (self._cancelled.exists() and self._pid() is None)

    def standing(self) -> str:
        """What an unfinished job is doing, in a few words."""
        return "being trained" if self._pid() is not None else "not finished, nobody is at it"

    def cancel(self) -> None:
        """Ask the trainer to stop, now and for good (until `resume`)."""
        with explained("cancel the job", self.directory):
            if not self._cancelled.exists():  # asking again does not lengthen the time to stop
                self._cancelled.touch()
        self._stop()

    def resume(self) -> None:
        """Forget a cancellation or a failure, so that the next look goes on from the last checkpoint."""
        with explained("resume the job", self.directory):
            while (lock := try_lock(self._started)) is None:
                if self._pid() is not None:
                    return  # a trainer is at it
                time.sleep(0.01)  # somebody only looks, or the trainer is just ending
            try:
                for path in (self._cancelled, self._error, self._attempts):
                    path.unlink(missing_ok=True)
            finally:
                os.close(lock)

    def last_words(self) -> str:
        """The last line that the trainer said, in this start or an earlier one."""
        lines = [line.strip() for line in _tail(self.log, 0).splitlines() if line.strip()]
        return lines[-1] if lines else ""

    def _ended(self) -> Look | None:
        if self.result() is not None:
            return Look(JobState.succeeded, "done")
        if failure := _read(self._error, TrainerFailure):
            return Look(JobState.failed, "error", Failure(**failure.model_dump()))
        return None

    def _alive(self) -> Look:
        if self._cancelled.exists():
            self._stop()
            return Look(JobState.running, "stopping")
        heartbeat = self.heartbeat()
        if heartbeat is None:
            return Look(JobState.queued, "starting")
        silent = time.time() - heartbeat.at
        if silent > SILENT_AFTER and self._seconds_since_start() > SILENT_AFTER:
            return Look(JobState.unknown, f"silent for {silent:.0f} s")
        return Look(JobState.running, heartbeat.stage)

    def _seconds_since_start(self) -> float:
        return time.time() - self._started.stat().st_mtime

    def _with_nobody_at_it(self, engine: Engine, lock: int) -> Look:
        if is_held(self.directory / "lock"):
            return self._alive()  # a trainer that somebody started by hand
        if self._cancelled.exists():
            return Look(JobState.cancelled, "stopped")
        attempts = self._count_the_end()
        if failure := self._hopeless(attempts):
            write_whole(self._error, failure.model_dump_json().encode())
            return Look(JobState.failed, "error", Failure(**failure.model_dump()))
        self._start(engine, lock, attempts)
        return self._alive()

    def _count_the_end(self) -> Attempts:
        """The book after the start that has just been found dead."""
        book = _read(self._attempts, Attempts) or Attempts()
        step, checkpoint = self._last_step(), _stamp(self.directory / "checkpoint")
        further = step > book.step or checkpoint != book.checkpoint
        idle = 0 if further or book.starts == 0 else book.idle + 1
        return book.model_copy(update={"idle": idle, "step": max(step, book.step), "checkpoint": checkpoint})

    def _last_step(self) -> int:
        heartbeat = self.heartbeat()
        return heartbeat.step if heartbeat and heartbeat.stage != "caching" else 0

    def _hopeless(self, attempts: Attempts) -> TrainerFailure | None:
        said = _tail(self.log, attempts.log_bytes)
        loud = "Traceback (most recent call last)" in said
        if attempts.idle < (LOUD_DEATHS if loud else QUIET_DEATHS):
            return None
        times = f"the trainer ended {attempts.idle} times in a row at step {attempts.step} without getting further"
        if loud and "MemoryError" not in said:
            return TrainerFailure(
                owner="platform",
                message=f"{times}; it last said: {self.last_words()}",
                help=f"read {self.log}; what it had trained is kept as a checkpoint",
            )
        cause = "it ran out of memory" if loud else "without a word, most likely killed because memory ran out"
        return TrainerFailure(
            owner="platform",
            message=f"{times}: {cause}",
            help=f"free memory (about 2 GB are needed) or lower method.batch_size, then apply again; log: {self.log}",
        )

    def _start(self, engine: Engine, lock: int, attempts: Attempts) -> None:
        said = self.log.stat().st_size if self.log.exists() else 0
        book = attempts.model_copy(update={"starts": attempts.starts + 1, "log_bytes": said})
        write_whole(self._attempts, book.model_dump_json().encode())
        os.ftruncate(lock, 0)
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                [*engine.trainer, "--config", str(self.config_path)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=engine.environment(),
                start_new_session=True,  # it outlives us and our terminal
                pass_fds=(lock,),
            )
        _CHILDREN.append(child)
        os.pwrite(lock, str(child.pid).encode(), 0)

    def _stop(self) -> None:
        pid = self._pid()
        if pid is None:
            return
        with suppress(FileNotFoundError, ProcessLookupError):
            waited = time.time() - self._cancelled.stat().st_mtime
            os.kill(pid, signal.SIGTERM if waited < KILL_AFTER else signal.SIGKILL)

    def _pid(self) -> int | None:
        """The living trainer's pid; a number that by now belongs to another process is not believed."""
        heartbeat = self.heartbeat()
        with suppress(OSError, ValueError):
            started = int(self._started.read_text())
            if str(self.config_path) in _command_line(started):
                return started
        if heartbeat is not None and str(self.config_path) in _command_line(heartbeat.pid):
            return heartbeat.pid
        return None


def _reap() -> None:
    _CHILDREN[:] = [child for child in _CHILDREN if child.poll() is None]


def _read(path: Path, kind: type[V]) -> V | None:
    """A value from a JSON file; None while it is absent or not whole."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _tail(path: Path, start: int) -> str:
    """The last few kilobytes of a log after byte ``start``; empty when there is none."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(max(start, path.stat().st_size - LOG_TAIL))
        return file.read().decode(errors="replace")
    return ""


def _stamp(path: Path) -> str:
    """Changes when a directory or file is replaced."""
    with suppress(FileNotFoundError):
        stat = path.stat()
        return f"{stat.st_ino}:{stat.st_mtime_ns}"
    return ""


def _command_line(pid: int) -> str:
    proc = Path("/proc")
    if (proc / "self").exists():
        with suppress(OSError):
            return (proc / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return ""
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout


def _what_it_makes(config: TrainerConfig) -> dict[str, object]:
    """The part of a config that decides the adapter; where files lie does not."""
    return config.model_dump(include={"key", "model", "model_sha256", "data_sha256", "hyperparameters", "max_tokens"})
