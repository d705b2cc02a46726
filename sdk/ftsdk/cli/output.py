"""How commands print: values for people through ``ftsdk.report``, JSON for programs."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftsdk.values import Value

if TYPE_CHECKING:
    from rich.console import Console

    from ftsdk.evals.value import Comparison
    from ftsdk.plan.value import Plan, PlanSet

FORMAT_VERSION = "1.0"


def add_format(parser: ArgumentParser, *formats: str) -> None:
    """`--format human|json` (and more where a command has them)."""
    parser.add_argument("--format", choices=("human", "json", *formats), default="human", help="default: human")


def console(*, stderr: bool = False) -> Console:
    """Where people read."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False)


def show(value: Value, format: str) -> None:
    """Print one value for people or programs."""
    if format == "json":
        print_json(value.model_dump(mode="json", by_alias=True))
    else:
        console().print(value)


def show_for_review(value: Comparison | Plan | PlanSet, format: str) -> None:
    """Print a value that is also read in pull requests, where Markdown is wanted."""
    if format == "markdown":
        from ftsdk.report import markdown

        print(markdown(value))  # noqa: T201
    else:
        show(value, format)


def show_all(values: Sequence[Value], format: str, key: str, empty: str) -> None:
    """Print a list; ``key`` names it in JSON, ``empty`` is the sentence when there is none."""
    if format == "json":
        print_json({key: [value.model_dump(mode="json", by_alias=True) for value in values]})
    elif not values:
        console().print(empty)
    else:
        from ftsdk.report import terminal

        console().print(terminal(tuple(values)))


def show_files(files: Mapping[str, Path | None], format: str, said: str | None = None) -> None:
    """Say which files were written: what -> where (None: not asked for); ``said`` comes first, for people."""
    written = {what: str(path) for what, path in files.items() if path is not None}
    if format == "json":
        print_json(written)
        return
    if said is not None:
        console().print(said, markup=False)
    for what, path in written.items():
        console().print(f"{what}: {path}", soft_wrap=True, markup=False)


def print_json(content: dict[str, Any]) -> None:
    """Print JSON that says which format it is."""
    print(json.dumps({"format_version": FORMAT_VERSION} | content, indent=2, ensure_ascii=False))  # noqa: T201
