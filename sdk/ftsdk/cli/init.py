"""`ft init`: a project that validates and runs as it is written, from a few questions or from flags."""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

from ftsdk.catalogue import MODELS, EmbeddedModel
from ftsdk.cli.findings import Teller, absolute
from ftsdk.cli.schema import write_schemas
from ftsdk.cli.starter import CONNECTIONS, project_file, starter_files
from ftsdk.errors import SpecError, UsageError
from ftsdk.spec import PROJECT_FILE, examine, find_root, load_project
from ftsdk.spec.suggest import did_you_mean

T = TypeVar("T")
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--name", help="what the spec is called; default: first")
    parser.add_argument("--model", help="what to tune; default: the first that can be trained")
    parser.add_argument("--train", metavar="FILE", type=Path, help="training rows at hand; example rows when absent")
    parser.add_argument("--test", metavar="FILE", type=Path, help="held-out rows at hand; goes with --train")
    parser.add_argument("--yes", action="store_true", help="do not ask; take the defaults for what is not given")


def run(args: Namespace) -> int:
    """Ask, write, check what was written, and say what comes next."""
    if (args.train is None) != (args.test is None):
        raise UsageError("--train and --test go together", help="held-out rows are what proves the training")
    asks = not args.yes and sys.stdin is not None and sys.stdin.isatty()
    name = _ask("What is the spec called?", "first", _name) if asks and not args.name else _name(args.name or "first")
    row = _model(args.model, offered(date.today()), asks)
    root = find_root(Path.cwd()) or Path.cwd()
    is_new = not (root / PROJECT_FILE).exists()
    connection = row.connection_type if is_new else _connection(root, row)
    spec = f"specs/{name}/{name}.yaml"
    files = starter_files(
        name, row.name, connection, *(_from_spec(path, root / spec) for path in (args.train, args.test))
    )
    if is_new:
        files = {PROJECT_FILE: project_file(_slug(root.name) or name, connection, row.connection_type)} | files
    _write(root, files)
    return _checked(root, spec, row)


def offered(day: date) -> list[EmbeddedModel]:
    """The models that can be trained on ``day``, embedded first; where a connection needs more than a key, not."""
    alive = [row for row in MODELS if row.connection_type in CONNECTIONS and (row.retires is None or day < row.retires)]
    return sorted(alive, key=lambda row: row.connection_type != "local")


def _name(name: str) -> str:
    if not NAME.fullmatch(name):
        help = f"for example {_slug(name) or 'first'}"
        raise UsageError(f"{name!r} is no name: lower-case letters, digits and hyphens, at most 63", help=help)
    return name


def _slug(text: str) -> str:
    """The nearest name to a text; empty when nothing of it may be in a name."""
    return re.sub("[^a-z0-9]+", "-", text.lower())[:63].strip("-")


def _model(wanted: str | None, rows: list[EmbeddedModel], asks: bool) -> EmbeddedModel:
    names = [row.name for row in rows]
    if not names:
        raise UsageError("no model of the catalogue can be trained any more", help="a newer ftbot knows newer models")
    if wanted is None and asks and len(rows) > 1:
        print("Models that can be trained today:")  # noqa: T201
        for row in rows:
            print(f"  {row.name:<28} {row.title}")  # noqa: T201
        return _ask("Which model?", names[0], lambda name: _trainable(name, rows))
    return _trainable(wanted or names[0], rows)


def _trainable(wanted: str, rows: list[EmbeddedModel]) -> EmbeddedModel:
    for row in rows:
        if row.name == wanted:
            return row
    retired = next((row.retires for row in MODELS if row.name == wanted and row.retires), None)
    why = f"{wanted} cannot be trained since {retired}" if retired else f"no model {wanted!r} can be trained"
    raise UsageError(why, help=did_you_mean(wanted, [row.name for row in rows], "these can"))


def _connection(root: Path, row: EmbeddedModel) -> str:
    """The connection of an existing project that trains the model."""
    declared = load_project(root, os.environ).project.spec.connections
    for name, connection in declared.items():
        if connection.type == row.connection_type:
            return name
    missing = f"{row.connection_type}: {CONNECTIONS[row.connection_type].partition('  #')[0].strip()}"
    raise UsageError(
        f"{PROJECT_FILE} has no connection that trains {row.name}", help=f"add to spec.connections: {missing}"
    )


def _from_spec(path: Path | None, spec: Path) -> str | None:
    return None if path is None else Path(os.path.relpath(path.absolute(), spec.parent)).as_posix()


def _write(root: Path, files: dict[str, str]) -> None:
    present = [name for name in files if (root / name).exists()]
    if present:
        raise UsageError(f"{present[0]} is there already; nothing was written", help="choose another --name")
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {name}")  # noqa: T201
    for path in write_schemas(root):
        print(f"wrote {path.relative_to(root).as_posix()}")  # noqa: T201


def _checked(root: Path, spec: str, row: EmbeddedModel) -> int:
    """What was written is checked as anybody would; only rows that were given can be wrong."""
    checked = examine(root / spec, load_project(root, os.environ))
    teller = Teller("human")
    for finding in checked.findings:
        teller.finding(absolute(finding, root))
    if teller.failed:
        return SpecError.exit_code
    pull = f"  ft models pull {row.name}\n" if row.connection_type == "local" else ""
    shown = os.path.relpath(root / spec)
    print(f"\nnext:\n{pull}  ft plan {shown}\n  ft apply {shown} --wait --yes")  # noqa: T201
    return 0


def _ask(question: str, default: str, taken: Callable[[str], T]) -> T:
    """What ``taken`` makes of the answer; an answer that it refuses is asked for again."""
    while True:
        try:
            answer = input(f"{question} [{default}] ").strip()
        except EOFError:
            return taken(default)
        try:
            return taken(answer or default)
        except UsageError as refused:
            print(f"  {refused}; {refused.help}")  # noqa: T201
