"""The torch trainer as a process: the first keeps the contract's files, the others of its torchrun only compute."""

from __future__ import annotations

import os
import signal
from importlib.util import find_spec
from pathlib import Path
from threading import Event

from ftsdk.errors import ExtraMissing
from ftsdk.trainers.contract import EXIT_STOPPED, TrainerConfig, TrainerResult
from ftsdk.trainers.smol.job import read_config, run_job
from ftsdk.trainers.smol.output import Pulse
from ftsdk.trainers.smol.train import StopAsked, Stopped

NEEDED = ("torch", "transformers", "peft", "accelerate")


def check_extra() -> None:
    """Raise ExtraMissing unless all that the trainer imports is installed."""
    for package in NEEDED:
        if find_spec(package) is None:
            raise ExtraMissing(package, "torch")


def run(config_place: str) -> int:
    """Read the config and train in its output directory; return the exit code."""
    if int(os.environ.get("RANK", "0")) == 0:
        return run_job(config_place, _train)
    return _help(read_config(config_place))


def _train(config: TrainerConfig, pulse: Pulse, stop_asked: StopAsked) -> TrainerResult:
    check_extra()
    from ftsdk.trainers.torch.train import train

    result = train(config, pulse, stop_asked)
    assert result is not None, "the first process has the result"
    _part()
    return result


def _help(config: TrainerConfig) -> int:
    """Compute a share of every batch until the first process has finished or stops."""
    if (Path(config.output) / "result.json").exists():
        return 0
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the first process says when, after the same step everywhere
    check_extra()
    from ftsdk.trainers.torch.train import train

    try:
        train(config, None, Event().is_set)
    except Stopped:
        return EXIT_STOPPED
    _part()
    return 0


def _part() -> None:
    import torch.distributed

    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
