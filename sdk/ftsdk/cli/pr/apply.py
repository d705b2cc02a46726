"""`ft pr apply`: what a merge changed, applied by the Action, where ftsdk.yaml names it as the one applier."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import ftsdk
from ftsdk.cli.identity import terminal_actor
from ftsdk.cli.output import console
from ftsdk.cli.plan import plans
from ftsdk.errors import PolicyDenied, SpecError


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--since", metavar="REF", required=True, help="the commit before the merge")


def run(args: Namespace) -> int:
    """Apply each changed spec; refuses where somebody else applies, or where the store would go with the runner."""
    workspace = ftsdk.open()
    applier, store = workspace.project.spec.applier, workspace.project.spec.store.url
    if applier != "action":
        raise PolicyDenied(
            f"ftsdk.yaml says that merged specs are applied by: {applier}; nothing was started",
            help="exactly one applies; set `applier: action` in ftsdk.yaml on the default branch to let the Action",
        )
    if store.startswith("sqlite"):
        raise PolicyDenied(
            "the store is a file on this runner's disk and would be lost with it; nothing was started",
            help="give spec.store.url of ftsdk.yaml (or FTSDK_STORE_URL) a PostgreSQL address, "
            "and spec.store.artefacts a bucket",
        )
    found = plans(workspace, [], args.since)
    if found.unplanned:
        first = found.unplanned[0]
        raise SpecError(f"{first.spec_path}: {first.message}; nothing was started", findings=first.findings)
    for plan in found.plans:
        if plan.change in ("none", "metadata"):
            continue
        run = workspace.apply(plan, actor=terminal_actor(workspace.project))
        console().print(f"run {run.id} of {plan.name}: phase {run.row.phase}")
    return 0
