"""`ft sweep`: list what accounts still hold of runs that are over, and remove it when told to."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

import ftsdk
from ftsdk.cli.identity import terminal_actor
from ftsdk.cli.output import add_format, console, print_json
from ftsdk.errors import ProviderError

if TYPE_CHECKING:
    from ftsdk.runs.sweep import Orphan
    from ftsdk.workspace import Workspace

EXIT_LEFT = 17  # drift: what is there is not what is declared
LISTED = (
    "They carry this project's mark and belong to no live run of this store. Another store of this project may own\n"
    "some: a job that it runs would be stopped."
)


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("connection", nargs="?", metavar="CONNECTION", help="only this account; default: all")
    parser.add_argument("--yes", action="store_true", help="remove what is found without asking")
    add_format(parser)


def run(args: Namespace) -> int:
    """List, ask, remove; exits 17 while something is left, 15 when a provider refused."""
    workspace = ftsdk.open()
    found, silent = workspace.orphans(args.connection)
    if args.format == "human":
        _show(found, silent)
    removed, refused = _removed(workspace, found) if found and (args.yes or _agreed(args.format)) else ([], [])
    if args.format == "json":
        listed = [{**one.model_dump(mode="json"), "removed": one in removed} for one in found]
        print_json({"orphans": listed, "not_listed": list(silent)})
    elif removed:
        console().print(f"{len(removed)} removed")
    if refused:
        raise ProviderError("; ".join(refused), help="look at the account, then sweep again")
    return 0 if len(removed) == len(found) else EXIT_LEFT


def _show(found: Sequence[Orphan], silent: Sequence[str]) -> None:
    out = console()
    for name in silent:
        out.print(f"connection {name}: its provider cannot list what carries our mark", markup=False)
    if not found:
        out.print("nothing is left over")
        return
    from rich.table import Table

    table = Table("connection", "kind", "id", "", box=None, pad_edge=False)
    for one in found:
        table.add_row(one.connection, one.kind, one.id, one.note)
    out.print(table)
    out.print(LISTED, markup=False, soft_wrap=True)


def _agreed(format: str) -> bool:
    if format != "human" or not sys.stdin.isatty():
        return False
    return console().input("Remove all of them? Only 'yes' removes: ").strip().lower() == "yes"


def _removed(workspace: Workspace, found: Sequence[Orphan]) -> tuple[list[Orphan], list[str]]:
    """What was removed, and what a provider said instead."""
    actor, removed, refused = terminal_actor(workspace.project), [], []
    for one in found:
        try:
            if workspace.remove_orphan(one, actor=actor):
                removed.append(one)
        except ProviderError as error:
            refused.append(f"{one.kind} {one.id}: {error.message}")
    return removed, refused
