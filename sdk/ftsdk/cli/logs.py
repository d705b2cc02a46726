"""`ft logs`: everything that happened to a run, a line an event."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from ftsdk.cli.output import add_format, console, print_json
from ftsdk.cli.select import open_and_select


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("run", metavar="RUN", help="run id (r12), or a spec for its newest run")
    parser.add_argument("--after", metavar="N", type=int, default=0, help="only events after number N")
    add_format(parser)


def run(args: Namespace) -> int:
    """Print the events; drives nothing."""
    from ftsdk.report import plain_event

    _workspace, found = open_and_select(args.run)
    events = found.events(args.after)
    if args.format == "json":
        print_json({"run": found.id, "events": [event.model_dump(mode="json") for event in events]})
        return 0
    out = console()
    for event in events:
        text = event.data.get("trace") if event.text == "trace" else None
        out.print(f"{event.seq:>5}  {plain_event(event)}", markup=False, soft_wrap=not sys.stdout.isatty())
        if text:
            out.print(str(text), markup=False)
    return 0
