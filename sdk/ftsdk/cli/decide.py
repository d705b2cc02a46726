"""`ft approve` and `ft reject`: agree to, or refuse, a plan or a promotion that waits for it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import ftsdk
from ftsdk.cli.identity import terminal_actor
from ftsdk.cli.output import add_format, show


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes; a refusal needs a reason."""
    decision = parser.prog.rpartition(" ")[2]
    refuses = decision == "reject"
    parser.set_defaults(decision=decision)
    parser.add_argument("digest", metavar="DIGEST", help="digest of the plan, or its first 8 digits and more")
    parser.add_argument(
        "--reason", metavar="TEXT", required=refuses, default="",
        help="why; the requester reads it" if refuses else "why; kept with the approval",
    )  # fmt: skip
    add_format(parser)


def run(args: Namespace) -> int:
    """Decide as the person whose account this terminal proves, and show what became of it."""
    workspace = ftsdk.open()
    actor = terminal_actor(workspace.project)
    show(workspace.approvals.decide(args.digest, actor, args.decision, args.reason), args.format)
    return 0
