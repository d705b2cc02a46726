"""`ft data import`: whatever a team has, as rows, with a report of what was left out and why."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ftsdk.cli.output import add_format, show
from ftsdk.cli.progress import progress_bar
from ftsdk.data.importing.columns import parse_mapping
from ftsdk.data.importing.containers import CONTAINERS
from ftsdk.data.importing.importer import import_file
from ftsdk.providers.objects import local_copy


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="CSV, TSV, Parquet, JSON array or JSON Lines, also gzipped; a path or an s3://, gs:// or az:// address",
    )
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="where the rows go (JSONL)")
    parser.add_argument(
        "--map",
        metavar="TARGET=COLUMN,...",
        help="user=question,assistant=answer; further targets: system, id, group, metadata.NAME, preferred and "
        "rejected (dpo), reference.NAME (rft); inferred and shown when absent",
    )
    parser.add_argument("--from", dest="container", choices=CONTAINERS, help="what FILE is, when its name lies")
    add_format(parser)


def run(args: Namespace) -> int:
    """Import, and say what became of every record."""
    mapping = parse_mapping(args.map) if args.map else None
    path = local_copy(args.file)
    with progress_bar(f"reading {path.name}") as progress:
        report = import_file(
            path, args.out, mapping=mapping, container=args.container, name=args.file, progress=progress
        )
    show(report, args.format)
    return 0
