"""`ft attach`: drive a run here and show its progress until it ends."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ftsdk.cli.apply import finish
from ftsdk.cli.output import console
from ftsdk.cli.select import open_and_select


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("run", metavar="RUN", help="run id (r12), or a spec for its newest run")


def run(args: Namespace) -> int:
    """Follow the run from where it is; exits as the run ended."""
    from ftsdk.report import watch

    _workspace, found = open_and_select(args.run)
    seen = found.events()
    if not found.ended:
        console().print(f"run {found.id}: phase {found.row.phase}")
        watch(found.watch(after=seen[-1].seq if seen else 0), console())
    return finish(found)
