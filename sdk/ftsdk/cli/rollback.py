"""`ft rollback`: point an alias back at the model it had before."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import ftsdk
from ftsdk.cli.identity import terminal_actor
from ftsdk.cli.output import add_format, console, show


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("alias", metavar="SPEC@ALIAS", help="for example tickets@production")
    parser.add_argument("--to", type=int, metavar="VERSION", help="which earlier version; default: the model before")
    add_format(parser)


def run(args: Namespace) -> int:
    """Move it, and say what it was proved with."""
    workspace = ftsdk.open()
    resolved = workspace.rollback(args.alias, to=args.to, actor=terminal_actor(workspace.project))
    if args.format == "json":
        show(resolved, args.format)
        return 0
    console().print(f"{resolved.alias} is version {resolved.version}: {resolved.model} of {resolved.run}", markup=False)
    console().print(resolved.headline, markup=False)
    return 0
