"""`ft audit export`: print every entry as a line of JSON."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import ftsdk


def add_arguments(parser: ArgumentParser) -> None:
    """Nothing."""


def run(args: Namespace) -> int:
    """Print them, oldest first; hashes are those of the chain."""
    from ftsdk.runs.audit import entries

    for entry in entries(ftsdk.open().database):
        print(entry.model_dump_json())  # noqa: T201
    return 0
