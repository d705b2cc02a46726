"""The questionnaire at work: opened at once while the trigger lives, turned, taken back, finished, shared."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import structlog
from slack_sdk.errors import SlackApiError
from sqlalchemy import Connection

import ftsdk
from ftbot import form
from ftbot.inbox import Answer, Arrival, Entry
from ftbot.outbox import Wanted
from ftbot.screens import form as screen
from ftbot.screens.advice import advice_message, result
from ftbot.screens.understood import understood_modal
from ftbot.screens.words import FORM_GONE, NOT_YOURS, form_button, notice
from ftbot.store.drafts import Draft, Drafts
from ftbot.work.following import advised
from ftbot.work.replies import reply
from ftbot.work.windows import DONE_BEFORE, MOVED_ON, TOO_LATE, update_window

if TYPE_CHECKING:
    from ftbot.bot import Bot

LOG = structlog.get_logger("ftbot.forms")

LATE = "The form could not be opened in time. Open it with this button; nothing was lost."


async def open_form(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Open the form: where somebody left off within the last day, otherwise anew."""
    arrival = entry.arrival
    if arrival.payload.get("text") and arrival.kind == "shortcut" and bot.settings.reads_text != "off":
        return await _open_read(bot, entry)
    unfinished = None if arrival.kind == "form:restart" else await bot.drafts.unfinished(arrival.person)
    draft = unfinished or form.new_draft(arrival.key, arrival.person, arrival.payload.get("channel", ""))
    await bot.drafts.keep(draft)
    return await _show(bot, entry, draft)


async def _open_read(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """A form that a message fills in: by key words only, because nobody was asked whether a model may read it."""
    arrival = entry.arrival
    facts, _left_out = await bot.library.ask(ftsdk.facts_in_text, arrival.payload["text"])
    draft = form.prefilled(form.new_draft(arrival.key, arrival.person, arrival.payload.get("channel", "")), facts)
    await bot.drafts.keep(draft)
    return await _show(bot, entry, draft, understood_modal(facts, draft.id) if draft.answers else None)


async def _show(bot: Bot, entry: Entry, draft: Draft, instead: dict[str, Any] | None = None) -> tuple[Wanted, ...]:
    """Put the form, or another screen of it, into the modal that the request came from, or open one."""
    payload, view = entry.arrival.payload, instead or screen.page(draft)
    try:
        if payload.get("view"):
            await bot.client.views_update(view_id=payload["view"]["id"], hash=payload["view"]["hash"], view=view)
        else:
            await bot.client.views_open(trigger_id=payload["trigger_id"], view=view)
    except SlackApiError as error:
        code = error.response.get("error")
        if code in MOVED_ON | DONE_BEFORE:
            return ()
        if code not in TOO_LATE:
            raise
        LOG.info("too late to open the form", error=code)
        return (Wanted(key=f"request:{entry.number}:late", channel=entry.arrival.person, body=form_button(LATE)),)
    return ()


# -- a page is submitted -------------------------------------------------------------------------------------------


def take_page(drafts: Drafts, arrival: Arrival, connection: Connection) -> Answer:
    """The acknowledgement of a submitted page, decided in the transaction that writes it down."""
    view = arrival.payload["view"]
    draft = drafts.read(connection, screen.draft_id(view["private_metadata"]))
    if draft is None or draft.person != arrival.person:
        return {"response_action": "update", "view": screen.gone(foreign=draft is not None)}
    if view["callback_id"] != screen.PAGE:
        return {"response_action": "update", "view": screen.outdated(draft)}
    answered, errors = form.answered(screen.on_page(draft, view["private_metadata"]), screen.read_answers(view))
    if errors:
        return {"response_action": "errors", "errors": errors}
    turned = form.turned(answered)
    drafts.write(connection, turned)
    return {"response_action": "update", "view": _view(turned)}


def _view(draft: Draft) -> dict[str, Any]:
    return result(form.advice_of(draft), draft) if draft.state == "done" else screen.page(draft)


async def submitted(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """After a submission: a finished form leaves its advice in the person's own conversation with the bot."""
    draft = await bot.drafts.load(screen.draft_id(entry.arrival.payload["view"]["private_metadata"]))
    if draft is None or draft.person != entry.arrival.person or draft.state != "done":
        return ()
    return await advised(bot, draft)


# -- buttons of the form -------------------------------------------------------------------------------------------


async def back(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """One page back; what is filled in on this one is kept as far as it can be understood."""
    draft = await my_draft(bot, entry)
    if draft is None:
        return await not_there(bot, entry)
    return await _update(bot, entry, form.turned_back(_with_answers(draft, entry)))


async def advise_now(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """The advice on what is known so far."""
    draft = await my_draft(bot, entry)
    if draft is None:
        return await not_there(bot, entry)
    done = form.finished(_with_answers(draft, entry))
    return await _update(bot, entry, done) + await advised(bot, done)


async def resume(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Go on where somebody was, in a form of this version."""
    draft = await my_draft(bot, entry)
    return await not_there(bot, entry) if draft is None else await _update(bot, entry, draft)


async def change(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """The first page again, with the answers as they were."""
    draft = await my_draft(bot, entry)
    if draft is None:
        return await not_there(bot, entry)
    again = draft._replace(page=0, state="open")
    await bot.drafts.keep(again)
    return await _show(bot, entry, again)


async def share(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Post the advice to the channel where the form was opened; once, however often the button is pressed."""
    draft = await my_draft(bot, entry)
    if draft is None:
        return await not_there(bot, entry)
    body = advice_message(await bot.library.ask(form.advice_of, draft), draft, time.time(), shared=True)
    key = f"advice:{draft.id}:shared:{draft.channel}"
    return (Wanted(key=key, channel=draft.channel, body=body, address=draft.person),)


def _with_answers(draft: Draft, entry: Entry) -> Draft:
    view = entry.arrival.payload.get("view")
    if not view:
        return draft
    shown = screen.on_page(draft, view.get("private_metadata", ""))
    return form.answered(shown, screen.read_answers(view))[0]


async def my_draft(bot: Bot, entry: Entry) -> Draft | None:
    """The draft that a button names, if it is the clicker's own; the value is only a hint."""
    draft = await bot.drafts.load(entry.arrival.payload.get("value", ""))
    return draft if draft is not None and draft.person == entry.arrival.person else None


async def not_there(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """What is said of a draft that is gone, or somebody else's."""
    known = await bot.drafts.load(entry.arrival.payload.get("value", ""))
    if known is not None:
        return reply(entry, notice(NOT_YOURS))
    return reply(entry, form_button(FORM_GONE))


async def _update(bot: Bot, entry: Entry, draft: Draft) -> tuple[Wanted, ...]:
    """Keep the draft and show it; when the window moved on or was closed meanwhile, the draft is kept all the same."""
    await bot.drafts.keep(draft)
    await update_window(bot, entry, await bot.library.ask(_view, draft))
    return ()
