"""`ft status`: where a run is and what happened to it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ftsdk.cli.drivers import say_who_drives
from ftsdk.cli.follow import as_json
from ftsdk.cli.output import add_format, console, print_json
from ftsdk.cli.select import open_and_select


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("run", metavar="RUN", help="run id (r12), or a spec for its newest run")
    add_format(parser)


def run(args: Namespace) -> int:
    """Print the row and its events; exits 0 whatever became of the run."""
    _workspace, found = open_and_select(args.run)
    events = found.events()
    if args.format == "json":
        print_json(as_json(found) | {"events": [event.model_dump(mode="json") for event in events]})
        return 0
    from ftsdk.report import plain_event, sparkline

    out = console()
    out.print(found.row)
    if not found.ended and found.metrics:
        losses = [metric.loss for metric in found.metrics]
        out.print(f"loss {sparkline(losses)} {losses[-1]:.3f} at step {found.metrics[-1].step}", markup=False)
    say_who_drives(found)
    for event in events:
        if event.kind in ("phase", "message", "failure"):
            out.print(plain_event(event), markup=False)
    return 0
