"""`ft decision outcome`: keep in a decision record what was done and whether the advice proved right."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from ftsdk.advise import OPTIONS
from ftsdk.advise.record import decision_yaml, read_decision, with_outcome
from ftsdk.cli.output import console


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the decision record")
    parser.add_argument("result", choices=("hit", "miss", "unclear"), help="whether the advice proved right")
    parser.add_argument("--did", choices=tuple(OPTIONS), metavar="OPTION", help="what was done instead or at last")
    parser.add_argument("--note", default="", help="a sentence on what came out")


def run(args: Namespace) -> int:
    """Write the outcome into the record."""
    record = read_decision(args.file.read_bytes(), str(args.file))
    judged = with_outcome(record, args.result, args.did, args.note, datetime.now(UTC).date())
    args.file.write_text(decision_yaml(judged), encoding="utf-8")
    console().print(f"{record.name}: {args.result}; `ft decisions` counts them", markup=False)
    return 0
