"""`ft complete`: ask the model behind an alias, under the prompt it was proved with."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

import ftsdk
from ftsdk.cli.output import add_format, console, print_json
from ftsdk.providers.inference import Answer


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("alias", metavar="SPEC@ALIAS", help="for example tickets@production")
    parser.add_argument("text", metavar="TEXT", help="what to ask; - reads standard input")
    parser.add_argument("--versus", choices=("base",), help="also show what the untrained model says")
    add_format(parser)


def run(args: Namespace) -> int:
    """Print the answer, and the base model's where it is wanted."""
    workspace = ftsdk.open()
    text = sys.stdin.read() if args.text == "-" else args.text
    answers = {"base": workspace.complete_base(args.alias, text)} if args.versus else {}
    answers["tuned"] = workspace.complete(args.alias, text)
    if args.format == "json":
        print_json({name: answer.model_dump(mode="json") for name, answer in answers.items()})
    elif len(answers) == 1:
        print(answers["tuned"].text)  # noqa: T201
    else:
        _print_side_by_side(answers)
    return 0


def _print_side_by_side(answers: dict[str, Answer]) -> None:
    from rich.table import Column, Table
    from rich.text import Text

    table = Table("model", Column("answer", overflow="fold"), "tokens", "seconds")
    for name, answer in answers.items():
        cut = " … (cut)" if answer.finish_reason == "length" else ""
        table.add_row(name, Text(answer.text + cut), str(answer.usage.completion_tokens), f"{answer.latency:.1f}")
    console().print(table)
