"""`ft reject`: refuse a plan or a promotion that waits for approval."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import ftsdk
from ftsdk.cli.identity import terminal_actor
from ftsdk.cli.output import add_format, show


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("digest", metavar="DIGEST", help="digest of the plan, or its first 8 digits and more")
    parser.add_argument("--reason", metavar="TEXT", required=True, help="why; the requester reads it")
    add_format(parser)


def run(args: Namespace) -> int:
    """Decide as the person whose account this terminal proves, and show what became of it."""
    workspace = ftsdk.open()
    actor = terminal_actor(workspace.project)
    show(workspace.approvals.decide(args.digest, actor, "reject", args.reason), args.format)
    return 0
