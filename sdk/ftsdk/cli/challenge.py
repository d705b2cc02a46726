"""`ft challenge`: whether an untrained model may take an alias's place, on the rows it was proved on."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

import ftsdk
from ftsdk.cli.output import add_format, console, print_json, show_for_review
from ftsdk.errors import NoVerdict, UsageError


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("alias", metavar="SPEC@ALIAS", nargs="?", help="for example tickets@production")
    parser.add_argument("--due", action="store_true", help="ask what `challenge` of ftsdk.yaml says is due")
    parser.add_argument("--model", metavar="CONNECTION:ID", help="the challenger")
    parser.add_argument("--prompt", metavar="FILE", type=Path, help="its prompt; default: the alias's")
    parser.add_argument("--max-usd", type=float, metavar="USD", help="stop before its answers cost more")
    add_format(parser, "markdown")


def run(args: Namespace) -> int:
    """Print keep, replace or cannot tell (exit code 19), with the comparison."""
    if args.due:
        return _due(args)
    if args.alias is None or args.model is None:
        raise UsageError(
            "a challenge needs an alias and a model", help="`ft challenge SPEC@ALIAS --model CONNECTION:ID`, or --due"
        )
    connection, _, model = args.model.partition(":")
    if not model:
        raise UsageError(f"{args.model!r} names no model", help="write CONNECTION:ID, for example openai:gpt-5.4")
    prompt = args.prompt.read_text(encoding="utf-8").strip() if args.prompt else None
    found = ftsdk.open().challenge(args.alias, connection, model, prompt=prompt, max_usd=args.max_usd)
    if args.format == "human":
        console().print(found.sentence, markup=False)
        paid = "no price is known" if found.usd is None else f"${found.usd:,.4f}"
        console().print(f"asking cost: {paid}", markup=False)
        console().print(found.comparison)
    elif args.format == "json":
        from ftsdk.cli.output import show

        show(found, "json")
    else:
        print(f"**{found.finding}**: {found.sentence}\n")  # noqa: T201
        show_for_review(found.comparison, args.format)
    return NoVerdict.exit_code if found.finding == "cannot tell" else 0


def _due(args: Namespace) -> int:
    """Ask what is due; a challenge that has no finding is no failure, since its turn comes again."""
    if args.alias or args.model or args.prompt or args.max_usd:
        raise UsageError("--due asks what ftsdk.yaml says", help="leave the alias, the model and the ceiling out")
    found = []
    for one in ftsdk.open().challenge_due():
        found.append(one)
        if args.format != "json":
            print(f"{one.alias} against {one.challenger} ({one.why}): {one.sentence}", flush=True)  # noqa: T201
    if args.format == "json":
        print_json({"challenges": [one.model_dump(mode="json") for one in found]})
    elif not found:
        print("no challenge is due")  # noqa: T201
    return 0
