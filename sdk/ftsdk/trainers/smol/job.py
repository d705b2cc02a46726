"""A training job as a process: its lock, its signals, and every failure as a sentence in error.json."""

from __future__ import annotations

import errno
import signal
import traceback
from collections.abc import Callable
from pathlib import Path
from threading import Event

from ftsdk.errors import FtsdkError
from ftsdk.trainers.contract import EXIT_LOCKED, EXIT_STOPPED, TrainerConfig, TrainerFailure, local_path
from ftsdk.trainers.smol.output import Locked, Pulse, lock, replace_file
from ftsdk.trainers.smol.train import StopAsked, Stopped, train

Train = Callable[[TrainerConfig, Pulse, StopAsked], object]


def run_job(config_place: str, work: Train = train) -> int:
    """Read the config and train in its output directory; return the exit code."""
    config = read_config(config_place)
    output = Path(config.output)
    output.mkdir(parents=True, exist_ok=True)
    try:
        with lock(output):
            return _train_once(config, output, work)
    except Locked:
        print(f"another trainer works in {output}; nothing done", flush=True)  # noqa: T201 - goes to trainer.log
        return EXIT_LOCKED


def read_config(place: str) -> TrainerConfig:
    """The config with every place as a path."""
    config = TrainerConfig.model_validate_json(local_path(place).read_bytes())
    named = ("model_path", "train", "validation", "output")
    places = {name: str(local_path(place)) for name in named if (place := getattr(config, name)) is not None}
    return config.model_copy(update=places)


def _train_once(config: TrainerConfig, output: Path, work: Train) -> int:
    if (output / "result.json").exists():
        return 0
    (output / "error.json").unlink(missing_ok=True)
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        with Pulse(output) as pulse:
            work(config, pulse, stop.is_set)
            pulse.stage = "done"
            pulse.beat()
    except Stopped:
        return EXIT_STOPPED
    except Exception as error:  # noqa: BLE001 - whatever it is, the reader of error.json must learn of it
        traceback.print_exc()
        _write_failure(output, explain(error))
        return 1
    return 0


def explain(error: Exception) -> TrainerFailure:
    """Any failure as owner, sentence and next step."""
    if isinstance(error, FtsdkError):
        return TrainerFailure(owner=error.owner, message=error.message, help=error.help or "see trainer.log")
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return TrainerFailure(
            owner="configuration",
            message="training ran out of memory; the last checkpoint is kept",
            help="lower max_tokens or batch_size, or free memory and apply again: it goes on where it was",
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return TrainerFailure(
            owner="platform",
            message=f"the disk is full: {error.filename or 'the output directory'} could not be written",
            help="free some space and apply again: it goes on from the last checkpoint",
        )
    return TrainerFailure(
        owner="platform",
        message=f"the trainer failed: {type(error).__name__}: {error}",
        help="trainer.log has the traceback; apply again goes on from the last checkpoint",
    )


def _write_failure(output: Path, failure: TrainerFailure) -> None:
    try:
        replace_file(output / "error.json", failure.model_dump_json(indent=2).encode())
    except OSError as error:  # the disk may be full; the log and the exit code still tell
        print(f"error.json not written ({error}): {failure.message}", flush=True)  # noqa: T201
