"""`ft promote`: point an alias at a run's model, because a person says so."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ftsdk.cli.identity import terminal_actor
from ftsdk.cli.output import add_format, console, show
from ftsdk.cli.select import open_and_select
from ftsdk.errors import UsageError


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("run", metavar="RUN", help="run id (r12), or a spec for its newest run")
    parser.add_argument("--alias", help="alias to move; default: the spec's")
    add_format(parser)


def run(args: Namespace) -> int:
    """Move it, and say what it was proved with."""
    workspace, found = open_and_select(args.run)
    declared = found.plan.spec.spec.promote
    alias = args.alias or (declared.alias if declared else None)
    if alias is None:
        raise UsageError(f"{found.row.name} declares no alias", help="name one with --alias")
    resolved = workspace.promote(found, alias, actor=terminal_actor(workspace.project))
    if args.format == "json":
        show(resolved, args.format)
        return 0
    console().print(f"{resolved.alias} is version {resolved.version}: {resolved.model}", markup=False)
    console().print(resolved.headline, markup=False)
    return 0
