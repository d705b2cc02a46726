"""`ft schema`: the JSON Schemas that editors check specs with, printed or written where the modelines look for them."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from ftsdk.errors import SpecError, UsageError
from ftsdk.spec import PROJECT_FILE, find_root
from ftsdk.spec.kinds import KINDS
from ftsdk.spec.schema import json_schema, schema_file


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--kind", choices=tuple(KINDS), default="FineTune", help="which document; default: FineTune")
    parser.add_argument("--write", action="store_true", help="write the schemas of all kinds into .ftsdk/")
    parser.add_argument("--check", action="store_true", help="fail unless those in .ftsdk/ are of this version")


def run(args: Namespace) -> int:
    """Print, write or compare."""
    if not args.write and not args.check:
        print(text_of(args.kind), end="")  # noqa: T201
        return 0
    root = find_root(Path.cwd())
    if root is None:
        raise UsageError(f"there is no {PROJECT_FILE} in {Path.cwd()} or above it", help="`ft init` writes one")
    return _write(root) if args.write else _check(root)


def text_of(kind: str) -> str:
    """The schema of a kind as it is written."""
    return json.dumps(json_schema(kind), indent=1, ensure_ascii=False) + "\n"


def write_schemas(root: Path) -> list[Path]:
    """Write the schema of every kind below ``root``, and keep the rest of .ftsdk/ out of version control."""
    ignore = root / ".ftsdk" / ".gitignore"
    ignore.parent.mkdir(exist_ok=True)
    ignore.write_text("*\n!.gitignore\n!*.schema.json\n", encoding="utf-8")
    paths = [root / schema_file(kind) for kind in KINDS]
    for kind, path in zip(KINDS, paths, strict=True):
        path.write_text(text_of(kind), encoding="utf-8")
    return paths


def _write(root: Path) -> int:
    for path in write_schemas(root):
        print(path.relative_to(root).as_posix())  # noqa: T201
    return 0


def _check(root: Path) -> int:
    stale = [schema_file(kind) for kind in KINDS if not _is_current(root / schema_file(kind), kind)]
    if stale:
        raise SpecError(f"not the schema of this version: {', '.join(stale)}", help="`ft schema --write` writes them")
    print(f"the schemas in {root / '.ftsdk'} are those of this version")  # noqa: T201
    return 0


def _is_current(path: Path, kind: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8", errors="replace") == text_of(kind)
