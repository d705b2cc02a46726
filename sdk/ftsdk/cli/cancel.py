"""`ft cancel`: stop a run and wait until its job has stopped."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ftsdk.cli.drivers import say_what_follows
from ftsdk.cli.follow import follow, newest_event
from ftsdk.cli.identity import terminal_actor
from ftsdk.cli.output import add_format
from ftsdk.cli.select import open_and_select
from ftsdk.errors import RunCancelled


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("run", metavar="RUN", help="run id (r12), or a spec for its newest run")
    add_format(parser)


def run(args: Namespace) -> int:
    """Ask, then follow the run to its end; exits 0 when it was cancelled, else as the run ended."""
    workspace, found = open_and_select(args.run)
    if found.ended:
        say_what_follows(found, f"has ended already ({found.row.phase}); nothing was changed", args.format)
        return 0
    seen = newest_event(found)
    found.cancel(terminal_actor(workspace.project))
    try:
        return follow(found, args.format, after=seen)
    except RunCancelled:
        return 0
