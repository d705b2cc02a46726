"""`ft plan`: what applying a spec would do; it spends nothing."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

import ftsdk
from ftsdk.cli.output import add_format, console, show_for_review
from ftsdk.diagnostics import has_errors
from ftsdk.errors import SpecError


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("spec", metavar="SPEC", help="spec file or name")
    parser.add_argument("--out", metavar="FILE", type=Path, help="also write the plan as JSON, for `ft apply --plan`")
    add_format(parser, "markdown")


def run(args: Namespace) -> int:
    """Plan, print, and fail when the plan could not be applied."""
    plan = ftsdk.open().plan(args.spec)
    show_for_review(plan, args.format)
    if args.out:
        args.out.write_text(plan.model_dump_json(by_alias=True, indent=2))
        console(stderr=True).print(
            f"the plan is in {args.out}; `ft apply {plan.spec_path} --plan {args.out}` applies it"
        )
    return SpecError.exit_code if has_errors(plan.findings) else 0
