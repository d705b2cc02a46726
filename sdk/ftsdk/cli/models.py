"""`ft models`: the models that can be trained here, and bringing one onto this machine."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime

import ftsdk
from ftsdk.catalogue import MODELS, hosted_models
from ftsdk.cli.output import add_format, console, show_all
from ftsdk.errors import UsageError
from ftsdk.providers.models import installed, pull


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("action", nargs="?", choices=("list", "pull"), default="list")
    parser.add_argument(
        "model", nargs="?", metavar="NAME", help="the model to pull, or the connection whose models to list"
    )
    add_format(parser)


def run(args: Namespace) -> int:
    """List or pull."""
    if args.action == "list":
        if args.model is not None:
            return _trained_by(args.model, args.format)
        show_all(MODELS, args.format, "models", "no models")
        here = ", ".join(file.model for file in installed())
        console(stderr=True).print(f"on this machine: {here or 'none yet; `ft models pull MODEL`'}")
        return 0
    if args.model is None:
        raise UsageError("which model?", help=f"ft models pull {MODELS[0].name}")
    return _pull(args.model)


def _trained_by(connection: str, format: str) -> int:
    """What the tables know of the models that a connection of ftsdk.yaml still trains; nobody is asked."""
    declared = ftsdk.open().project.spec.connections
    if connection not in declared:
        raise UsageError(f"no connection {connection!r} in ftsdk.yaml", help=f"declared: {', '.join(sorted(declared))}")
    kind = declared[connection].type
    rows = MODELS if kind == "local" else hosted_models(kind, datetime.now(UTC).date())
    show_all(rows, format, "models", f"no table names models that {kind} trains")
    return 0


def _pull(model: str) -> int:
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    out = console()
    columns = ("{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as progress:
        task = progress.add_task(model, total=None)
        path = pull(model, progress=lambda done, total: progress.update(task, completed=done, total=total))
    out.print(f"{model} is at {path}", soft_wrap=True, markup=False)
    return 0
