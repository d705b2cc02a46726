"""Buttons of an advice that lives on: tell me when it changes, stop, what was done and whether it worked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import ftsdk
from ftbot import form
from ftbot.following import asked_key
from ftbot.inbox import Entry
from ftbot.outbox import Wanted
from ftbot.screens.advice import advice_message
from ftbot.screens.following import NOTHING, asked_message, decision_written, judged_message
from ftbot.screens.words import NOT_YOURS, notice
from ftbot.store.advices import Kept
from ftbot.store.drafts import Draft
from ftbot.work.replies import reply

if TYPE_CHECKING:
    from ftbot.bot import Bot

WILL_TELL = "You will be told in the thread of this advice when prices, models or rules would change it."
WILL_NOT = "You will not be told any more."
GONE = "That advice is no longer kept."


async def advised(bot: Bot, draft: Draft) -> tuple[Wanted, ...]:
    """The advice in the person's own conversation, kept so that it can be come back to."""
    advice = await bot.library.ask(form.advice_of, draft)
    return (_own(bot, advice, draft, await keep(bot, draft, advice)),)


async def keep(bot: Bot, draft: Draft, advice: ftsdk.Advice) -> Kept:
    """Keep an advice as a decision, in place of the one on other answers."""
    record = ftsdk.decision_yaml(ftsdk.record_of(f"advice-{draft.id[:8]}", advice))
    return await bot.advices.keep(draft.id, draft.person, own_key(draft.id), record)


def _own(bot: Bot, advice: ftsdk.Advice, draft: Draft, kept: Kept) -> Wanted:
    followed = kept.look_at is not None
    body = advice_message(advice, draft, kept.advised_at, proposing=bot.settings.may_propose, followed=followed)
    return Wanted(key=kept.message, channel=draft.person, body=body)


def own_key(draft: str) -> str:
    """The name of an advice in the person's own conversation."""
    return f"advice:{draft}:own"


async def follow(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Tell me when prices, models or rules change it."""
    return await _follow(bot, entry, wanted=True)


async def leave(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Tell me no more."""
    return await _follow(bot, entry, wanted=False)


async def _follow(bot: Bot, entry: Entry, *, wanted: bool) -> tuple[Wanted, ...]:
    kept = await _mine(bot, entry)
    if kept is None:
        return await _not_there(bot, entry)
    if wanted != (kept.look_at is not None):
        await bot.advices.follow(kept.draft, wanted=wanted)
    said = reply(entry, notice(WILL_TELL if wanted else WILL_NOT))
    draft = await bot.drafts.load(kept.draft)
    again = await bot.advices.find(kept.draft, kept.person)
    if draft is None or again is None or draft.state != "done":
        return said
    return (*said, _own(bot, await bot.library.ask(form.advice_of, draft), draft, again)._replace(urgent=True))


async def did(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """What was done, chosen from the list; kept until it is said whether it worked."""
    kept = await _mine(bot, entry)
    if kept is None:
        return await _not_there(bot, entry)
    chosen = entry.arrival.payload["value"].partition(":")[2]
    if kept.outcome or chosen not in {*ftsdk.OPTIONS, NOTHING}:
        return ()
    await bot.advices.chose(kept.draft, chosen)
    again = await bot.advices.find(kept.draft, kept.person)
    if again is None or again.outcome:  # answered meanwhile
        return ()
    body = asked_message(_record(again), again)
    return (Wanted(asked_key(kept.draft), kept.person, body, urgent=True),)


async def hit(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """It worked."""
    return await _judged(bot, entry, "hit")


async def miss(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """It did not work."""
    return await _judged(bot, entry, "miss")


async def unclear(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Nobody can say."""
    return await _judged(bot, entry, "unclear")


async def _judged(bot: Bot, entry: Entry, result: str) -> tuple[Wanted, ...]:
    kept = await _mine(bot, entry)
    if kept is None:
        return await _not_there(bot, entry)
    record = _record(kept)
    done = None if kept.did == NOTHING else kept.did or record.advice.recommendation
    judged = ftsdk.with_outcome(record, result, done, "asked in Slack", datetime.now(UTC).date())
    await bot.advices.judge(kept, result, ftsdk.decision_yaml(judged))
    noted = await bot.advices.find(kept.draft, kept.person)
    return () if noted is None else _noted(noted)


def _noted(kept: Kept) -> tuple[Wanted, ...]:
    """The question turns into the answer, and the decision is in its thread."""
    record, key = _record(kept), asked_key(kept.draft)
    body = {
        "text": f"{record.name}.yaml",
        "files": [{"name": f"{record.name}.yaml", "text": kept.record}],
        "instead": decision_written(record.name, kept.record),
    }
    return (
        Wanted(key, kept.person, judged_message(record), urgent=True),
        Wanted(f"{key}:decision", kept.person, body, target="files", thread=key),
    )


def _record(kept: Kept) -> ftsdk.DecisionRecord:
    return ftsdk.read_decision(kept.record.encode(), kept.draft)


async def _mine(bot: Bot, entry: Entry) -> Kept | None:
    """The advice that a button or an option names, if it is the clicker's own."""
    return await bot.advices.find(entry.arrival.payload["value"].partition(":")[0], entry.arrival.person)


async def _not_there(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    known = await bot.drafts.load(entry.arrival.payload["value"].partition(":")[0])
    foreign = known is not None and known.person != entry.arrival.person
    return reply(entry, notice(NOT_YOURS if foreign else GONE))
