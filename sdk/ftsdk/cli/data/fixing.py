"""`ft data fix`: a corrected copy of a file of rows, and every change beside it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ftsdk.cli.data.checking import NAMES
from ftsdk.cli.output import add_format, show
from ftsdk.cli.progress import progress_bar
from ftsdk.data.fix import FIXABLE, fix_file
from ftsdk.providers.objects import local_copy


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("file", metavar="FILE", help="rows (JSONL, also gzipped); it is never touched")
    parser.add_argument("--write", metavar="OUT", type=Path, required=True, help="the copy; changes go to OUT.diff")
    parser.add_argument(
        "--leave", metavar="CODE", action="append", default=[], help=f"mend all but this: {', '.join(FIXABLE)}"
    )
    parser.add_argument("--names", metavar="MODEL", help=NAMES.replace("tell", "mask"))
    parser.add_argument("--method", choices=("sft", "dpo", "rft"), help="what the rows are; told by the first")
    add_format(parser)


def run(args: Namespace) -> int:
    """Fix, and say what was done and what is left."""
    with progress_bar(f"mending {args.file}") as progress:
        report = fix_file(
            local_copy(args.file),
            args.write,
            method=args.method,
            leave=args.leave,
            names=args.names,
            name=args.file,
            progress=progress,
        )
    show(report, args.format)
    return 0
