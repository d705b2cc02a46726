"""`ft attach`: drive a run here and show its progress until it ends."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ftsdk.cli.follow import finish, follow, newest_event
from ftsdk.cli.output import add_format, console
from ftsdk.cli.select import open_and_select


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("run", metavar="RUN", help="run id (r12), or a spec for its newest run")
    add_format(parser)


def run(args: Namespace) -> int:
    """Follow the run from where it is; exits as the run ended."""
    _workspace, found = open_and_select(args.run)
    if found.ended:
        return finish(found, args.format)
    if args.format == "human":
        console().print(f"run {found.id}: phase {found.row.phase}")
    return follow(found, args.format, after=newest_event(found))
