"""`ft costs`: what runs cost against what was estimated, by team, month, provider, connection, spec and label."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from datetime import UTC, datetime

import ftsdk
from ftsdk.cli.output import add_format, console, print_json
from ftsdk.costs import LABEL, RunCost, coverage, sums
from ftsdk.errors import UsageError
from ftsdk.report import counted

BY = ("team", "month", "provider", "connection", "spec")


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "--by", metavar="WHAT", help=f"sums instead of single runs: {', '.join(BY)}, or {LABEL}KEY of metadata.labels"
    )
    add_format(parser)


def run(args: Namespace) -> int:
    """Print estimate beside bill, and how often the intervals held."""
    by = args.by or ""
    if by and by not in BY and not by.startswith(LABEL):
        raise UsageError(f"costs are not kept by {by!r}", help=f"one of {', '.join(BY)}, or {LABEL}KEY")
    workspace = ftsdk.open()
    found = workspace.costs()
    covered, judged = coverage(found)
    if args.format == "json":
        rows = [cost.model_dump(mode="json") for cost in found]
        print_json({"runs": rows, "sums": sums(found, by or "spec"), "covered": covered, "judged": judged})
        return 0
    out = console()
    if not found:
        out.print("no run yet")
        return 0
    for text in _sums(found, by) if by else map(_line, found):
        out.print(text, soft_wrap=True, markup=False)
    if judged:
        out.print(f"{covered} of {counted(judged, 'bill')} inside the interval of the plan")
    return 0


def _line(cost: RunCost) -> str:
    day = datetime.fromtimestamp(cost.at, UTC).strftime("%Y-%m-%d")
    said = f"${cost.estimate.low:.2f} to ${cost.estimate.high:.2f}"
    return f"{day}  {cost.run}  {cost.spec}  estimated {said}, {_actual(cost)}"


def _actual(cost: RunCost) -> str:
    if cost.actual is None:
        return "goes on"
    kinds = list(dict.fromkeys(name.split()[0] for name in cost.parts))
    parts = ", ".join(text for kind in kinds if (text := _part(cost, kind)))
    inside = {True: "", False: ", outside the interval", None: ""}[cost.covered]
    return f"actual ${cost.actual:.2f}{f' ({parts})' if parts else ''}{inside}"


def _part(cost: RunCost, kind: str) -> str:
    """One part, of all jobs together; nothing where it is less than a cent."""
    names = [name for name in cost.parts if name.split()[0] == kind]
    usd = sum(cost.parts[name] for name in names)
    how = " as estimated" if set(names) & set(cost.guessed) else " as billed" if set(names) <= set(cost.billed) else ""
    jobs = f" of {len(names)} jobs" if len(names) > 1 else ""
    return f"{kind}{jobs} ${usd:.2f}{how}" if usd >= 0.005 else ""


def _sums(found: Sequence[RunCost], by: str) -> list[str]:
    return [
        f"{key}: {counted(int(each['runs']), 'run')}, {each['ended']:.0f} ended: estimated ${each['estimate']:.2f}, "
        f"actual ${each['actual']:.2f}; {each['covered']:.0f} of {each['judged']:.0f} inside"
        for key, each in sums(found, by).items()
    ]
