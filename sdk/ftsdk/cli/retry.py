"""`ft retry`: let a run that failed or was cancelled go on from one of its phases."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ftsdk.cli.drivers import say_what_follows
from ftsdk.cli.identity import terminal_actor
from ftsdk.cli.output import add_format
from ftsdk.cli.select import open_and_select


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("run", metavar="RUN", help="run id (r12), or a spec for its newest run")
    parser.add_argument(
        "--from", dest="phase", metavar="PHASE", default="upload",
        help="check, upload, create, evaluate, gate or await_approval; default: upload",
    )  # fmt: skip
    add_format(parser)


def run(args: Namespace) -> int:
    """Set it going again; what came before the phase is kept."""
    workspace, found = open_and_select(args.run)
    again = workspace.retry(found.id, args.phase, actor=terminal_actor(workspace.project))
    say_what_follows(again, f"goes on from {again.row.phase}", args.format)
    return 0
