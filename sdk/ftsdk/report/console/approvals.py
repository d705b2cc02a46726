"""Approvals, for the terminal: what somebody is asked to agree to, who said what, and what to type."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from ftsdk.report.console.layout import BAD, GOOD, QUIET, UNSURE, pairs, said
from ftsdk.report.untrusted import line, shown
from ftsdk.report.wording import moment, money
from ftsdk.runs.approvals import Approval

STATES = {"open": UNSURE, "approved": GOOD, "rejected": BAD, "expired": QUIET, "void": QUIET}
SAID = {"approve": "approved", "reject": "rejected"}
WHAT = {"start": "start, and spend up to {usd}", "promote": "move its alias to the tuned model"}


def draw_approval(approval: Approval) -> RenderableType:
    """One approval; while it is open, with the commands that decide it."""
    digest = approval.digest.removeprefix("sha256:")[:12]
    lines: list[tuple[str, str | Text]] = [
        ("to agree to", WHAT[approval.act].format(usd=money(approval.usd))),
        ("asked by", line(approval.requested_by)),
        ("from", f"{approval.needed} of {', '.join(map(line, approval.approvers))}, never who asked"),
        ("state", Text(approval.state, style=STATES[approval.state])),
        ("holds until", moment(approval.expires_at)),
    ]
    for vote in approval.votes:
        reason = f": {shown(vote.reason)}" if vote.reason else ""
        lines.append(
            (f"{vote.decision}d" if vote.decision == "approve" else "rejected", f"{line(vote.person)}{reason}")
        )
    if approval.state == "open":
        lines.append(("decide", f"ft approve {digest}, or ft reject {digest} --reason TEXT"))
    return Group(said(f"{line(approval.name)}, plan {digest}", "bold"), pairs(lines))


def draw_approvals(approvals: Sequence[Approval]) -> RenderableType:
    """One after the other."""
    return Group(*map(draw_approval, approvals))
