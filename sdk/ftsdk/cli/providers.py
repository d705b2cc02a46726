"""`ft providers`: the accounts of this project, what each trains and until when, and what other types there are."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import ftsdk
from ftsdk.catalogue import MODELS, hosted_models
from ftsdk.catalogue.hyperparameters import kind_row
from ftsdk.catalogue.models import ModelRow
from ftsdk.cli.output import add_format, console, print_json
from ftsdk.errors import FtsdkError
from ftsdk.providers.base import Paced, Provider
from ftsdk.providers.connect import known_types
from ftsdk.providers.secrets import read_secret
from ftsdk.spec.connections import EnvSecret, FileSecret
from ftsdk.values import Value

if TYPE_CHECKING:
    from ftsdk.workspace import Workspace


class Account(Value):
    """A connection of ftsdk.yaml. ``ready`` says that its package and secrets are here; nobody was asked.

    ``models`` are those that the tables know to be open for training today; ``days_left`` is until the last of them
    ends (None: no end announced, or no table knows). ``methods`` is None where only the provider knows.
    """

    connection: str
    type: str
    ready: bool
    why: str
    methods: tuple[str, ...] | None
    models: tuple[str, ...]
    days_left: int | None
    requests_per_minute: float | None


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    add_format(parser)


def run(args: Namespace) -> int:
    """Print them; reads files and environment, asks nobody."""
    workspace, today = ftsdk.open(), datetime.now(UTC).date()
    accounts = [account(workspace, name, today) for name in sorted(workspace.project.spec.connections)]
    if args.format == "json":
        print_json({"accounts": [one.model_dump(mode="json") for one in accounts], "types": list(known_types())})
    else:
        _show(accounts)
    return 0


def account(workspace: Workspace, name: str, today: date) -> Account:
    """What is known of one connection without a network."""
    declared = workspace.project.spec.connections[name]
    kind = declared.plugin if declared.type == "plugin" else declared.type
    rows = MODELS if kind == "local" else hosted_models(kind, today)
    ends = [row.retires for row in rows]
    last = max((end for end in ends if end is not None), default=None) if None not in ends else None
    ready, why, pace = _built(workspace, name)
    return Account(
        connection=name,
        type=kind,
        ready=ready,
        why=why,
        methods=_methods(kind, rows),
        models=tuple(row.name for row in rows),
        days_left=None if last is None else (last - today).days,
        requests_per_minute=pace,
    )


def _methods(kind: str, rows: Sequence[ModelRow]) -> tuple[str, ...] | None:
    """What the models that are open can be trained with, else what the type documents."""
    open_ways = dict.fromkeys(way for row in rows for way in row.methods)
    takes = kind_row(kind)
    return tuple(open_ways) or (() if kind == "anthropic" else tuple(takes.methods) if takes else None)


def _built(workspace: Workspace, name: str) -> tuple[bool, str, float | None]:
    """Whether the provider of a connection can be made here, else why not and the next step."""
    try:
        for value in dict(workspace.project.spec.connections[name]).values():
            if isinstance(value, (EnvSecret, FileSecret)):  # a resolver may ask a network
                read_secret(value, environment=os.environ, root=workspace.root)
        provider: Provider = workspace.provider(name)
    except FtsdkError as error:
        return False, f"{error.message}; next: {error.help}" if error.help else error.message, None
    return True, "", provider.requests_per_minute if isinstance(provider, Paced) else None


def _show(accounts: list[Account]) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    table = Table("connection", "type", "ready", "trains", "models", "days left", box=None, pad_edge=False)
    for one in accounts:
        trains = "the provider says" if one.methods is None else ", ".join(one.methods) or "nothing; it answers"
        left = "" if not one.models else "no end known" if one.days_left is None else str(one.days_left)
        models = ", ".join(one.models[:3]) + (", ..." if len(one.models) > 3 else "")
        cells = (one.connection, one.type, "yes" if one.ready else "no", trains, models, left)
        table.add_row(*map(Text, cells))
    out.print(table)
    for one in accounts:
        if not one.ready:
            out.print(f"{one.connection}: {one.why}", markup=False, soft_wrap=True)
    out.print(f"types that can be used here: {', '.join(known_types())}", markup=False, soft_wrap=True)
    out.print("nobody was asked: `ft plan` asks the account, `ft models list CONNECTION` has every model", markup=False)
