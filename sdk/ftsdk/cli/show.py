"""`ft show`: a plan that was written with --out, as it was."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ftsdk.cli.output import add_format, show_for_review
from ftsdk.cli.plan import read_plans


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("plan", metavar="FILE", type=Path, help="plan.json")
    add_format(parser, "markdown")


def run(args: Namespace) -> int:
    """Print it."""
    found = read_plans(args.plan)
    show_for_review(found.plans[0] if len(found.plans) == 1 else found, args.format)
    return 0
