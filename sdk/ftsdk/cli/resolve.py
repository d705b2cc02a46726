"""`ft resolve`: what an alias stands for."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import ftsdk
from ftsdk.cli.output import add_format, show


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("alias", metavar="SPEC@ALIAS", help="for example tickets@production")
    add_format(parser)


def run(args: Namespace) -> int:
    """Print it."""
    show(ftsdk.resolve(args.alias), args.format)
    return 0
