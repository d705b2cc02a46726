"""`ft audit verify`: check that no entry was changed or taken away."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import ftsdk
from ftsdk.cli.output import add_format, console, print_json

EXIT_BROKEN = 1


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--anchor", metavar="HASH", help="a head that was noted earlier; shows a tail that was cut off")
    add_format(parser)


def run(args: Namespace) -> int:
    """Walk the chain; exits 1 when it is not whole."""
    from ftsdk.runs.audit import verify

    verdict = verify(ftsdk.open().database, args.anchor)
    if args.format == "json":
        print_json({**verdict.model_dump(mode="json"), "whole": verdict.whole})
    elif verdict.broken_at is not None:
        console().print(f"broken at entry {verdict.broken_at}: it or the one before was changed or removed")
    elif verdict.anchored is False:
        console().print("the anchor is not in the audit: entries were cut off, or it is from another store")
    else:
        console().print(f"{verdict.entries} entries, whole; head {verdict.head}", soft_wrap=True)
    return 0 if verdict.whole else EXIT_BROKEN
