"""A case told in words: read by key words, or by a model once whoever wrote it agreed; shown before it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

import ftsdk
from ftbot import form
from ftbot.inbox import Entry
from ftbot.outbox import Wanted
from ftbot.screens.understood import consent_message, understood_message
from ftbot.screens.words import form_button
from ftbot.work.replies import reply

if TYPE_CHECKING:
    from ftbot.bot import Bot

LOG = structlog.get_logger("ftbot.texts")

FEWEST_WORDS = 4
ASK = "Should we fine-tune? Four short steps lead to a recommendation with its reasons."
NOTHING = "I found no facts in that. Four short steps ask for them."
NO_LONGER = "That message is no longer kept. Write it again, or use the form."


async def free_text(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """What somebody wrote and is no command; a model that reads it has to be agreed to first."""
    text, reader = entry.arrival.payload["text"], bot.settings.reads_text
    if reader == "off" or len(text.split()) < FEWEST_WORDS:
        return reply(entry, form_button(ASK))
    if reader == "words":
        return await _understood(bot, entry, text, None)
    return reply(entry, consent_message(entry.number, reader, bot.settings.reader_keeps))


async def by_model(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Somebody agreed that the model reads what they wrote."""
    reader = bot.settings.reads_text
    return await _again(bot, entry, reader if ":" in reader else None)


async def by_words(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Somebody did not: key words only."""
    return await _again(bot, entry, None)


async def _again(bot: Bot, entry: Entry, reader: str | None) -> tuple[Wanted, ...]:
    text = await bot.inbox.text_of(entry.arrival.payload["value"], entry.arrival.person)
    if not text or bot.settings.reads_text == "off":
        return reply(entry, form_button(NO_LONGER))
    return await _understood(bot, entry, text, reader)


async def _understood(bot: Bot, entry: Entry, text: str, reader: str | None) -> tuple[Wanted, ...]:
    arrival = entry.arrival
    try:
        facts, _left_out = await bot.library.ask(ftsdk.facts_in_text, text, reader)
    except ftsdk.errors.ProviderError as error:
        LOG.warning("the model could not read a text", error=error.message)
        facts, _left_out = await bot.library.ask(ftsdk.facts_in_text, text)
        reader = None
    draft = form.prefilled(form.new_draft(arrival.key, arrival.person, arrival.payload.get("channel", "")), facts)
    if not draft.answers:
        return reply(entry, form_button(NOTHING))
    await bot.drafts.keep(draft)
    return reply(entry, understood_message(facts, draft.id, reader or ""))
