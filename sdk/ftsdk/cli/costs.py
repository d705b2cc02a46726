"""`ft costs`: what runs cost against what was estimated, by team, month, connection and spec."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from datetime import UTC, datetime

import ftsdk
from ftsdk.cli.output import add_format, console, print_json
from ftsdk.costs import RunCost, coverage, sums

BY = ("team", "month", "connection", "spec")


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--by", choices=BY, help="sums instead of single runs")
    add_format(parser)


def run(args: Namespace) -> int:
    """Print estimate beside actual, and how often the intervals held."""
    workspace = ftsdk.open()
    found = workspace.costs()
    covered, judged = coverage(found)
    if args.format == "json":
        rows = [cost.model_dump(mode="json") for cost in found]
        print_json({"runs": rows, "sums": sums(found, args.by or "spec"), "covered": covered, "judged": judged})
        return 0
    out = console()
    if not found:
        out.print("no run yet")
        return 0
    for text in _sums(found, args.by) if args.by else map(_line, found):
        out.print(text, soft_wrap=True, markup=False)
    if judged:
        out.print(f"{covered} of {judged} bills were inside their interval")
    return 0


def _line(cost: RunCost) -> str:
    actual = "not billed yet" if cost.actual is None else f"${cost.actual:.2f}{'' if cost.billed else ' by its tokens'}"
    month = datetime.fromtimestamp(cost.at, UTC).strftime("%Y-%m-%d")
    said = f"${cost.estimate.low:.2f} to ${cost.estimate.high:.2f}"
    return f"{month}  {cost.run}  {cost.spec}  estimated {said}, actual {actual}"


def _sums(found: Sequence[RunCost], by: str) -> list[str]:
    return [
        f"{key}: estimated ${each['estimate']:.2f}, actual ${each['actual']:.2f}, {each['runs']:.0f} runs"
        for key, each in sums(found, by).items()
    ]
