"""`ft worker`: drive every run of this workspace until it is told to stop."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import ftsdk
from ftsdk.cli.output import console
from ftsdk.errors import ProviderError

if TYPE_CHECKING:
    from ftsdk.runs.watching import Call, Step, Watcher
    from ftsdk.workspace import Workspace

THREADS = 4
LOGGER = "ftsdk.worker"


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "--threads", metavar="N", type=int, default=THREADS, help=f"runs driven at once; default: {THREADS}"
    )
    parser.add_argument("--metrics", metavar="HOST:PORT", help="tell Prometheus there; default: nowhere")
    parser.add_argument(
        "--log-format", choices=("human", "json"), default="human",
        help="json: a line a step and a refused call, secrets left out; default: human",
    )  # fmt: skip


def run(args: Namespace) -> int:
    """Work until SIGTERM or Ctrl-C; steps that are under way are finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    workspace = ftsdk.open()
    watchers: list[Watcher] = []
    say: Callable[[str], None] = _say
    if args.log_format == "json":
        say = _log_as_json(workspace)
        watchers.append(_Log())
    with _metrics(workspace, args.metrics, watchers) as where:
        _begin(args.log_format, f"driving the runs of {workspace.database.shown}", where)
        workspace.worker(threads=max(1, args.threads), say=say, watchers=watchers).run(stop)
    return 0


@contextmanager
def _metrics(workspace: Workspace, address: str | None, watchers: list[Watcher]) -> Iterator[str]:
    """Tell metrics while the block lasts; yields where, or nothing where nobody asks."""
    if address is None:
        yield ""
        return
    from ftsdk.runs.metrics import Metrics

    metrics = Metrics(workspace.database, workspace.budgets)
    where, stop = metrics.serve(address)
    watchers.append(metrics)
    try:
        yield where
    finally:
        stop()


def _begin(format: str, text: str, metrics: str) -> None:
    if format == "json":
        logging.getLogger(LOGGER).info(text, extra={"metrics": metrics})
        return
    console().print(f"{text}; Ctrl-C stops after the steps under way", soft_wrap=True)
    if metrics:
        console().print(f"metrics: {metrics}", soft_wrap=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def _log_as_json(workspace: Workspace) -> Callable[[str], None]:
    from ftsdk.logs import Redaction, configure

    configure("json", "INFO", Redaction(_secrets(workspace)), quiet=("apscheduler", "httpx"))
    return logging.getLogger(LOGGER).warning


def _secrets(workspace: Workspace) -> Iterator[str]:
    """The text of every secret that a connection names and that is at hand."""
    from ftsdk.providers.secrets import read_secret
    from ftsdk.spec.connections import EnvSecret, FileSecret

    for connection in workspace.project.spec.connections.values():
        for _name, value in connection:
            if isinstance(value, EnvSecret | FileSecret):
                with suppress(ProviderError):
                    yield read_secret(value, environment=os.environ, root=workspace.root).get_secret_value()


class _Log:
    """Writes a line for each step that leads on, and for each call that a provider did not answer well."""

    def stepped(self, step: Step) -> None:
        """A run came into another phase, failed, or was taken over by another process."""
        before, after = step.before, step.after
        facts = {"run": before.id, "spec": before.name, "seconds": round(step.seconds, 3)}
        log = logging.getLogger(LOGGER)
        if after is None:
            log.warning("lease lost", extra=facts | {"phase": before.phase})
        elif after.failure is not None and after.phase == "failed":
            log.error(after.failure.message, extra=facts | {"phase": after.phase, "owner": after.failure.owner})
        elif after.phase != before.phase:
            log.info("phase", extra=facts | {"phase": after.phase, "from": before.phase})

    def called(self, call: Call) -> None:
        """A provider refused, or was away."""
        if call.outcome != "ok":
            facts = {"connection": call.connection, "call": call.name, "seconds": round(call.seconds, 3)}
            logging.getLogger(LOGGER).warning(call.outcome, extra=facts)
