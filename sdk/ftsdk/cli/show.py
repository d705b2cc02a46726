"""`ft show`: a plan that was written with --out, as it was."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ftsdk.cli.output import show_for_review
from ftsdk.cli.plan import FORMATS, findings_of, read_plans, tell_findings


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("plan", metavar="FILE", type=Path, help="plan.json")
    parser.add_argument("--format", choices=FORMATS, default="human", help="default: human")


def run(args: Namespace) -> int:
    """Print it."""
    found = read_plans(args.plan)
    if args.format in ("github", "sarif"):
        tell_findings(findings_of(found), args.format)
        return 0
    show_for_review(found.plans[0] if len(found.plans) == 1 else found, args.format)
    return 0
