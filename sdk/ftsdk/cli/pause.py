"""`ft pause`: let a run stand still; its job is stopped with a checkpoint where the provider can."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ftsdk.cli.drivers import say_who_drives
from ftsdk.cli.identity import terminal_actor
from ftsdk.cli.output import console
from ftsdk.cli.select import open_and_select


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("run", metavar="RUN", help="run id (r12), or a spec for its newest run")


def run(args: Namespace) -> int:
    """Ask for it and say what follows."""
    workspace, found = open_and_select(args.run)
    if not found.pause(terminal_actor(workspace.project)):
        console().print(f"run {found.id} is paused already or has ended (phase {found.row.phase}); nothing was changed")
        return 0
    console().print(f"run {found.id} pauses")
    say_who_drives(found)
    return 0
