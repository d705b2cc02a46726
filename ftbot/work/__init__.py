"""What the bot does with a request once it is written down: found by its kind, safe to do twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import ftsdk
from ftbot.inbox import Entry
from ftbot.outbox import Wanted
from ftbot.screens.words import NOT_GUESTS, NOT_HERE, TOO_MANY, notice
from ftbot.work import approvals, commands, comparing, drafting, following, forms, home, measuring, runs, texts
from ftbot.work.replies import reply

if TYPE_CHECKING:
    from ftbot.bot import Bot

Act = Callable[["Bot", Entry], Awaitable[tuple[Wanted, ...]]]

ACTS: dict[str, Act] = {
    "command": commands.command,
    "mention": commands.mention,
    "dm": commands.dm,
    "run:compare": commands.compare_button,
    "run:share": comparing.share,
    "run:report": comparing.report,
    "examples": comparing.examples,
    "examples:back": comparing.turn,
    "examples:next": comparing.turn,
    "examples:filter": comparing.choose,
    "promote": comparing.promote,
    "turn_down:modal": comparing.ask_why,
    "submission:turn_down": comparing.turned_down,
    "run:cancel": runs.act,
    "run:pause": runs.act,
    "run:resume": runs.act,
    "run:retry": runs.act,
    "run:mute": runs.mute,
    "run:unmute": runs.mute,
    "advice:follow": following.follow,
    "advice:leave": following.leave,
    "advice:did": following.did,
    "advice:hit": following.hit,
    "advice:miss": following.miss,
    "advice:unclear": following.unclear,
    "advise:open": forms.open_form,
    "shortcut": forms.open_form,
    "form:back": forms.back,
    "form:now": forms.advise_now,
    "form:resume": forms.resume,
    "form:restart": forms.open_form,
    "form:change": forms.change,
    "form:share": forms.share,
    "measure:modal": measuring.ask_file,
    "submission:measure": measuring.file_given,
    "probe:modal": measuring.ask_spec,
    "submission:probe": measuring.offer,
    "probe:start": measuring.start,
    "draft:files": drafting.as_files,
    "draft:propose": drafting.as_pull_request,
    "text:model": texts.by_model,
    "text:words": texts.by_words,
    "submission": forms.submitted,
    "approve": approvals.approve,
    "reject:modal": approvals.ask_reason,
    "submission:reject": approvals.rejected,
    "home": home.show,
    "home:refresh": home.show,
}
REQUESTS_A_MINUTE = 30


async def act_on(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Do what a request asks for; returns the messages that it leads to. A kind that is not known leads to none.

    What the library refuses is said in its words. A store that takes no change now is raised: it is tried again.
    """
    act = ACTS.get(entry.arrival.kind)
    if act is None:
        return ()
    refusal = await _refusal(bot, entry)
    if refusal:
        return reply(entry, notice(refusal))
    try:
        return await act(bot, entry)
    except ftsdk.errors.StoreRefused:
        raise
    except ftsdk.FtsdkError as error:
        return reply(entry, notice(error.message, error.help or ""))


async def _refusal(bot: Bot, entry: Entry) -> str:
    if await bot.inbox.recent(entry, 60.0) > REQUESTS_A_MINUTE:
        return TOO_MANY
    standing = await bot.people.standing(entry.arrival.person)
    return {"guest": NOT_GUESTS, "stranger": NOT_HERE}.get(standing, "")


def apology(entry: Entry) -> tuple[Wanted, ...]:
    """What is said when a request was given up: never the error itself, which may hold anything."""
    text = "Something went wrong, and trying again did not help."
    step = "give this reference to whoever runs ftbot; the log says what happened"
    return reply(entry, notice(text, step, reference=f"request {entry.number}"))
