"""An approval as a message: what is asked, how much, by whom, who may say so, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import ftsdk
from ftbot.screens.blocks import (
    Block,
    Element,
    actions,
    ask,
    button,
    confirmation,
    line,
    message,
    modal,
    moment,
    paragraph,
    person,
    rich,
    words,
)

# The version of the window is in its callback id, as with the form.
REJECT = "ft:reject:v1"
REASON = "reason"
REASON_MOST = 500
NAMES_SHOWN = 12

BECAME = {
    "approved": "Approved",
    "rejected": "Rejected",
    "expired": "Nobody agreed in time",
    "void": "No longer asked for: a newer plan of this spec took its place",
}


class Somebody(NamedTuple):
    """A person of the project; ``slack`` is their user id, empty when the project names none."""

    name: str
    slack: str = ""

    def shown(self) -> Element:
        """A mention where there is an account, else the name as words."""
        return person(self.slack) if self.slack else words(self.name, most=60)


class Asked(NamedTuple):
    """An approval with the people that it names."""

    approval: ftsdk.Approval
    requester: Somebody
    deciders: tuple[Somebody, ...]
    voters: tuple[Somebody, ...]


def approval_message(asked: Asked) -> dict[str, Any]:
    """The message; its buttons go when there is nothing left to decide."""
    approval = asked.approval
    open_ = approval.state == "open"
    title = "Approval needed" if open_ else BECAME[approval.state]
    return message(f"{title}: {what(approval)}", [_body(asked, title), *([_buttons(approval)] if open_ else [])])


def what(approval: ftsdk.Approval) -> str:
    """What is asked for, in words: ``start tickets, at most $212.00``."""
    amount = f", at most ${approval.usd:,.2f}" if approval.act == "start" else ""
    return f"{approval.act} {ftsdk.report.line(approval.name, 60)}{amount}"


def short(digest: str) -> str:
    """A digest as people compare it: its first twelve digits."""
    return digest.removeprefix("sha256:")[:12]


def _body(asked: Asked, title: str) -> Block:
    approval = asked.approval
    lines = [
        line(words(f"{title}: ", bold=True), words(what(approval), most=200)),
        line(words("Asked by "), asked.requester.shown(), words(" "), moment(approval.created_at)),
    ]
    if approval.state == "open":
        lines += [_deciders(asked), line(words("Until "), moment(approval.expires_at))]
    lines += [_vote(vote, somebody) for vote, somebody in zip(approval.votes, asked.voters, strict=True)]
    bound = line(
        words("Bound to "),
        words(short(approval.digest), code=True),
        words(": another spec, other rows or other prices need a new approval"),
    )
    return rich(*lines, bound)


def _deciders(asked: Asked) -> Element:
    approval, names = asked.approval, asked.deciders[:NAMES_SHOWN]
    listed: list[Element] = []
    for somebody in names:
        listed += [words(", "), somebody.shown()] if listed else [somebody.shown()]
    more = len(asked.deciders) - len(names)
    rest = [words(f" and {more} more")] if more > 0 else []
    need = f"{approval.needed} of " if approval.needed != 1 else ""
    return line(words(f"May be decided by {need}"), *(listed or [words("nobody who is named")]), *rest,
                words("; never by whoever asked"))  # fmt: skip


def _vote(vote: Any, somebody: Somebody) -> Element:
    said = "Approved by " if vote.decision == "approve" else "Rejected by "
    reason = [words(f": {vote.reason}", most=REASON_MOST)] if vote.reason else []
    return line(words(said), somebody.shown(), words(" "), moment(vote.at), *reason)


def _buttons(approval: ftsdk.Approval) -> Block:
    amount = f" ${approval.usd:,.2f}" if approval.act == "start" else ""
    number = str(approval.number)
    sure = confirmation(
        f"{approval.act.capitalize()} {approval.name}?",
        f"{what(approval)}, as {short(approval.digest)}. Your name is kept with it.",
        f"Approve{amount}",
    )
    label = f"Approve: {what(approval)}"
    return actions(
        button("ft:approve", f"Approve{amount}", number, primary=True, confirm=sure, label=label),
        button("ft:reject:modal", "Reject…", number, label=f"Reject: {what(approval)}"),
    )


def reject_modal(approval: ftsdk.Approval) -> dict[str, Any]:
    """Asks why; whoever asked reads it."""
    field = {"type": "plain_text_input", "action_id": "ft:reason", "multiline": True, "max_length": REASON_MOST}
    return modal(
        REJECT,
        "Reject",
        [
            paragraph(words(what(approval), most=200)),
            ask(REASON, "Why not?", field, hint="Whoever asked reads this. No customer data or secrets."),
        ],
        metadata=f"a={approval.number}",
        submit="Reject",
        close="Keep it open",
    )


def reminder(asked: Asked) -> dict[str, Any]:
    """A last word before an approval runs out; the message itself stays where it is."""
    approval = asked.approval
    said = line(words("Still waiting: ", bold=True), words(what(approval), most=200), words(". It runs out "),
                moment(approval.expires_at))  # fmt: skip
    return message(f"Still waiting: {what(approval)}", [rich(said), _buttons(approval)])


def decided_note(asked: Asked) -> dict[str, Any]:
    """What the requester is told when people have decided."""
    approval = asked.approval
    steps = {
        "approved": "apply the spec again: `ft apply` finds the approval" if approval.act == "start" else
        "the run goes on by itself",
        "rejected": "talk to them, change the spec, and ask again",
        "expired": "apply again to ask again",
    }  # fmt: skip
    lines = [line(words(f"{BECAME[approval.state]}: ", bold=True), words(what(approval), most=200))]
    lines += [_vote(vote, somebody) for vote, somebody in zip(approval.votes, asked.voters, strict=True)]
    lines.append(line(words("Next: ", bold=True), words(steps.get(approval.state, "look at the newer plan"))))
    return message(f"{BECAME[approval.state]}: {what(approval)}", [rich(*lines)])


def waiting(approvals: Sequence[Asked], most: int) -> list[Block]:
    """The approvals that somebody may decide, as blocks of their Home tab."""
    blocks: list[Block] = []
    for asked in approvals[:most]:
        blocks += [_brief(asked), _buttons(asked.approval)]
    return blocks


def _brief(asked: Asked) -> Block:
    approval = asked.approval
    return rich(
        line(words(what(approval), bold=True, most=200)),
        line(words("Asked by "), asked.requester.shown(), words(" until "), moment(approval.expires_at), words(", as "),
             words(short(approval.digest), code=True)),
    )  # fmt: skip
