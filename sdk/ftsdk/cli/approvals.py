"""`ft approvals`: what waits for somebody to agree."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import ftsdk
from ftsdk.cli.output import add_format, show_all


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--all", action="store_true", help="those that were decided, voided or ran out too")
    add_format(parser)


def run(args: Namespace) -> int:
    """Print them, newest first."""
    found = ftsdk.open().approvals.list(open_only=not args.all)
    show_all(found, args.format, "approvals", "nothing waits for approval")
    return 0
