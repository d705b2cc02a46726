"""`ft decisions`: every decision record, with hits and misses."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ftsdk.advise.record import listed, read_decision
from ftsdk.cli.output import add_format, show
from ftsdk.errors import UsageError
from ftsdk.spec.read import read_document


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    help = "files or directories with decision records; `decisions` when absent"
    parser.add_argument("paths", nargs="*", metavar="PATH", type=Path, default=[Path("decisions")], help=help)
    add_format(parser)


def run(args: Namespace) -> int:
    """Read and list them."""
    for path in args.paths:
        if not path.exists():
            raise UsageError(f"there is no {path}", help="`ft advise --save decisions/NAME.yaml` writes a decision")
    files = [file for path in args.paths for file in (sorted(path.rglob("*.y*ml")) if path.is_dir() else [path])]
    show(listed([read_decision(file.read_bytes(), str(file)) for file in files if _is_decision(file)]), args.format)
    return 0


def _is_decision(file: Path) -> bool:
    document, _ = read_document(file.read_bytes(), str(file))
    return document is None or document.get("kind") == "Decision"
