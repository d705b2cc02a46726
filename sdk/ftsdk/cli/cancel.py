"""`ft cancel`: stop a run and wait until its job has stopped."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ftsdk.cli.identity import terminal_actor
from ftsdk.cli.output import console
from ftsdk.cli.select import open_and_select


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("run", metavar="RUN", help="run id (r12), or a spec for its newest run")


def run(args: Namespace) -> int:
    """Ask, then follow the run to its end."""
    from ftsdk.report import plain_event

    workspace, found = open_and_select(args.run)
    out = console()
    if found.ended:
        out.print(f"run {found.id} has ended already ({found.row.phase}); nothing was changed")
        return 0
    seen = found.events()
    found.cancel(terminal_actor(workspace.project))
    for event in found.watch(after=seen[-1].seq if seen else 0):
        if event.kind != "metric":
            out.print(plain_event(event), markup=False)
    out.print(f"run {found.id}: {found.row.phase}")
    return 0
