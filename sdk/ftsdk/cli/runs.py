"""`ft runs`: the runs, newest first."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import ftsdk
from ftsdk.cli.output import add_format, show_all


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="only the runs of this spec")
    add_format(parser)


def run(args: Namespace) -> int:
    """Print them."""
    rows = ftsdk.open().store.runs(args.name)
    show_all(rows, args.format, "runs", "no runs yet; `ft apply SPEC --wait` starts one")
    return 0
