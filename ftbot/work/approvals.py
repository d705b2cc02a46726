"""Approving and rejecting: the library decides who may, for which digest and amount; every click is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import ftsdk
from ftbot.inbox import Entry
from ftbot.outbox import Wanted
from ftbot.screens.approval import REASON, Asked, reject_modal, short, what
from ftbot.screens.words import notice
from ftbot.work import home
from ftbot.work.replies import reply
from ftbot.work.who import actor_of
from ftbot.work.windows import given, open_window

if TYPE_CHECKING:
    from ftbot.bot import Bot

LATE = "The window could not be opened in time. Press the button again; nothing was decided."
DONE = {
    "approved": "is approved",
    "rejected": "is rejected",
    "expired": "has expired",
    "void": "is no longer asked for",
}


async def approve(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """The Approve button."""
    return await _decide(bot, entry, entry.arrival.payload["value"], "approve", "")


async def ask_reason(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """The Reject button: a window asks why."""
    approval = await bot.library.ask(bot.desk.find, entry.arrival.payload["value"])
    if approval.state != "open":
        return reply(entry, notice(_already(approval)))
    return await open_window(bot, entry, reject_modal(approval), notice(LATE))


async def rejected(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """The window came back with a reason."""
    view = entry.arrival.payload["view"]
    number = str(view.get("private_metadata", "")).removeprefix("a=")
    reason = str(given(entry, REASON).get("value") or "")[:500]
    return await _decide(bot, entry, number, "reject", reason)


async def _decide(
    bot: Bot, entry: Entry, number: str, decision: Literal["approve", "reject"], reason: str
) -> tuple[Wanted, ...]:
    """Decide as whoever clicked; all copies of the message follow in the transaction that closes the request."""
    said, asked = await bot.library.ask(_decided, bot, number, actor_of(bot, entry), decision, reason)
    await home.drawn_again(bot, entry)
    return reply(entry, notice(said)) + bot.desk.messages(asked)


def _decided(
    bot: Bot, number: str, actor: str, decision: Literal["approve", "reject"], reason: str
) -> tuple[str, Asked]:
    approval = bot.desk.find(number)
    if approval.state != "open":
        return _already(approval), bot.desk.asked(approval)
    now = bot.library.workspace.approvals.decide(approval.digest, actor, decision, reason)
    return _outcome(now, decision), bot.desk.asked(now)


def _already(approval: ftsdk.Approval) -> str:
    by = approval.votes[-1].person if approval.votes else ""
    return f"{what(approval)} {DONE[approval.state]}{f', by {by}' if by else ''}. Nothing was changed."


def _outcome(approval: ftsdk.Approval, decision: str) -> str:
    if decision == "reject":
        return f"You rejected: {what(approval)}."
    agreed = sum(vote.decision == "approve" for vote in approval.votes)
    left = approval.needed - agreed
    rest = f" {left} more must agree." if approval.state == "open" and left > 0 else ""
    return f"You approved: {what(approval)}, as {short(approval.digest)}.{rest}"
