"""`ft data where`: every run, account and model that a file of rows was given to."""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser, Namespace
from datetime import datetime
from pathlib import Path

import ftsdk
from ftsdk.cli.output import add_format, console, print_json
from ftsdk.runs.seen import Sighting, sightings


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("rows", metavar="FILE|HASH", help="a file of rows, or the first digits of its sha256")
    add_format(parser)


def run(args: Namespace) -> int:
    """Look through this project's runs and print who has seen the rows."""
    found = sightings(ftsdk.open().store, _hash_of(args.rows))
    if args.format == "json":
        print_json({"seen": [one.model_dump(mode="json") for one in found]})
    else:
        _show(found)
    return 0


def _hash_of(word: str) -> str:
    if not Path(word).is_file():
        return word
    with Path(word).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _show(found: tuple[Sighting, ...]) -> None:
    from rich.table import Table
    from rich.text import Text

    if not found:
        console().print("no run of this store was given these rows")
        return
    table = Table("run", "spec", "for", "accounts", "model", "there now", "since", box=None, pad_edge=False)
    for one in found:
        there = "nothing is uploaded" if one.use == "evaluation" else "deleted" if one.removed else "may still be there"
        since = datetime.fromtimestamp(one.at).strftime("%Y-%m-%d %H:%M")
        cells = (one.run, one.name, one.use, ", ".join(one.connections), one.model or "", there, since)
        table.add_row(*map(Text, cells))
    console().print(table)
