"""`ft data export`: rows in a provider's own form, and what that form cannot say."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ftsdk.cli.output import add_format, show
from ftsdk.data.exporting.exporter import TARGETS, export_file
from ftsdk.providers.objects import local_copy


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("file", metavar="FILE", help="rows (JSONL, also gzipped); a path or an address")
    parser.add_argument("--to", metavar="FORM", choices=TARGETS, required=True, help=", ".join(TARGETS))
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="where the provider's rows go")
    parser.add_argument("--method", choices=("sft", "dpo", "rft"), default="sft", help="default: sft")
    add_format(parser)


def run(args: Namespace) -> int:
    """Export, and say what was lost."""
    report = export_file(local_copy(args.file), args.out, args.to, method=args.method, name=args.file)
    show(report, args.format)
    return 0
