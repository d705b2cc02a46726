"""`ft worker`: drive every run of this workspace until it is told to stop."""

from __future__ import annotations

import signal
import sys
import threading
from argparse import ArgumentParser, Namespace

import ftsdk
from ftsdk.cli.output import console

THREADS = 4


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "--threads", metavar="N", type=int, default=THREADS, help=f"runs driven at once; default: {THREADS}"
    )


def run(args: Namespace) -> int:
    """Work until SIGTERM or Ctrl-C; steps that are under way are finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    workspace = ftsdk.open()
    worker = workspace.worker(threads=max(1, args.threads), say=lambda text: print(text, file=sys.stderr, flush=True))  # noqa: T201
    console().print(
        f"driving the runs of {workspace.database.shown}; Ctrl-C stops after the steps under way", soft_wrap=True
    )
    worker.run(stop)
    return 0
