"""`ft aliases`: what aliases stand for and how long their models live; `export` writes them for applications."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

import ftsdk
from ftsdk.cli.output import add_format, console, print_json
from ftsdk.errors import UsageError


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "export", metavar="export", nargs="?", choices=("export",), help="write a file for FTSDK_ALIASES"
    )
    parser.add_argument("--out", metavar="FILE", type=Path, help="where to write it; default: aliases.json")
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of that file")
    add_format(parser)


def run(args: Namespace) -> int:
    """List, or write."""
    from ftsdk.registry import AliasFile

    if args.schema:
        print_json(AliasFile.model_json_schema())
        return 0
    workspace = ftsdk.open()
    known = workspace.aliases()
    if args.export:
        target: Path = args.out or Path("aliases.json")
        content = AliasFile(aliases={resolved.alias: resolved for resolved in known})
        target.write_text(content.model_dump_json(indent=2) + "\n", encoding="utf-8")
        console().print(f"{len(known)} aliases: {target}", markup=False, soft_wrap=True)
        return 0
    if args.out:
        raise UsageError("--out belongs to `ft aliases export`", help="add export")
    lives = {life.alias: life for life in workspace.radar()}
    if args.format == "json":
        print_json(
            {
                "aliases": [
                    one.model_dump(mode="json") | {"life": lives[one.alias].model_dump(mode="json")} for one in known
                ]
            }
        )
    elif not known:
        console().print("nothing was promoted yet; a passed gate or `ft promote RUN` does it")
    else:
        from rich.table import Table

        table = Table("alias", "version", "model", "run", "days left")
        for one in known:
            left = lives[one.alias].days_left
            table.add_row(
                one.alias, str(one.version), one.model, one.run, "no end announced" if left is None else str(left)
            )
        console().print(table)
    return 0
