"""`ft compare`: a run's comparison of its arms on the same held-out rows."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, NoReturn

from ftsdk.cli.output import add_format, show_for_review
from ftsdk.cli.select import open_and_select
from ftsdk.errors import UsageError

if TYPE_CHECKING:
    from ftsdk.runs.run import Run


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("run", metavar="RUN", help="run id (r12), or a spec for its newest run")
    add_format(parser, "markdown")


def run(args: Namespace) -> int:
    """Print it."""
    _workspace, found = open_and_select(args.run)
    show_for_review(found.comparison or no_comparison(found), args.format)
    return 0


def no_comparison(found: Run) -> NoReturn:
    """Say why there is nothing to show."""
    raise UsageError(
        f"run {found.id} has no comparison (phase {found.row.phase})",
        help=f"`ft status {found.id}` says where it is; `ft apply {found.row.name} --wait` goes on",
    )
