"""`ft apply`: do what a spec declares; safe to interrupt and to give again."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

import ftsdk
from ftsdk.cli.drivers import say_what_follows
from ftsdk.cli.follow import finish, follow
from ftsdk.cli.identity import terminal_actor
from ftsdk.cli.output import add_format, console
from ftsdk.errors import UsageError
from ftsdk.plan.value import Plan


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("spec", metavar="SPEC", help="spec file or name")
    parser.add_argument("--plan", metavar="FILE", type=Path, help="apply only if this plan still holds")
    parser.add_argument("--wait", action="store_true", help="drive the run here and show its progress until it ends")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_format(parser)


def run(args: Namespace) -> int:
    """Start or find the run; with --wait, follow it to its end and exit as it ended."""
    workspace = ftsdk.open()
    plan = _read_plan(args.plan, args.spec) if args.plan else workspace.plan(args.spec)
    if not args.yes:
        _ask(plan, args.format)
    found = workspace.apply(plan, actor=terminal_actor(workspace.project))
    if found.ended:
        if args.format == "human":
            console().print(f"run {found.id} did exactly this before; nothing is left to do")
        return finish(found, args.format)
    if not args.wait:
        say_what_follows(found, f"of {plan.name}: phase {found.row.phase}", args.format)
        return 0
    if args.format == "human":
        console().print(f"run {found.id} of {plan.name}: phase {found.row.phase}")
    return follow(found, args.format)


def _ask(plan: Plan, format: str) -> None:
    out = console(stderr=format == "json")
    out.print(plan)
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody is there to say yes; nothing was started", help="give --yes to apply without a question"
        )
    if out.input("Apply this plan? Only 'yes' applies: ").strip().lower() != "yes":
        raise UsageError("not applied; nothing was started", help="give --yes to apply without a question")


def _read_plan(path: Path, spec: str) -> Plan:
    from ftsdk.cli.plan import read_plans

    found = [plan for plan in read_plans(path).plans if spec in (plan.name, plan.spec_path)]
    if len(found) != 1:
        raise UsageError(f"{path} has no plan of {spec}", help="name the spec as the plan does, by name or path")
    return found[0]
