"""`ft pause` and `ft resume`: let a run stand still, with a checkpoint where its provider can, and go on."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ftsdk.cli.drivers import say_what_follows
from ftsdk.cli.identity import terminal_actor
from ftsdk.cli.output import add_format
from ftsdk.cli.select import open_and_select

# command -> (what is said when it was done, when there was nothing to do)
SAID = {
    "pause": ("pauses", "is paused already or has ended"),
    "resume": ("goes on", "is not paused"),
}


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.set_defaults(asked=parser.prog.rpartition(" ")[2])
    parser.add_argument("run", metavar="RUN", help="run id (r12), or a spec for its newest run")
    add_format(parser)


def run(args: Namespace) -> int:
    """Ask for it and say what follows."""
    workspace, found = open_and_select(args.run)
    ask = found.pause if args.asked == "pause" else found.resume
    changed = ask(terminal_actor(workspace.project))
    done, idle = SAID[args.asked]
    say_what_follows(found, done if changed else f"{idle} (phase {found.row.phase}); nothing was changed", args.format)
    return 0
