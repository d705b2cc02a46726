"""A draft of what to start with: as files in the conversation, or as a pull request where GitHub is connected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import ftsdk
from ftbot import form
from ftbot.inbox import Entry
from ftbot.outbox import Wanted
from ftbot.screens.drafts import files_said, proposed, written_out
from ftbot.screens.words import notice
from ftbot.store.drafts import Draft
from ftbot.work.forms import my_draft, not_there
from ftbot.work.replies import reply
from ftbot.work.who import actor_of, require_known

if TYPE_CHECKING:
    from ftbot.bot import Bot

FOLDER = "specs"


async def as_files(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Upload the draft under the advice; once, however often the button is pressed."""
    draft = await my_draft(bot, entry)
    if draft is None:
        return await not_there(bot, entry)
    advice, files = await bot.library.ask(_drawn, draft)
    body = {
        "text": files_said(advice.title, list(files)),
        "files": [{"name": name, "text": text} for name, text in files.items()],
        "instead": written_out(advice.title, files),
    }
    own = f"advice:{draft.id}:own"
    return (Wanted(f"advice:{draft.id}:files", draft.person, body, target="files", thread=own),)


async def as_pull_request(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Propose the draft on GitHub; pressed again, the same pull request is named."""
    draft = await my_draft(bot, entry)
    if draft is None:
        return await not_there(bot, entry)
    if bot.github is None:
        return reply(entry, notice("No GitHub repository is connected.", "take the draft as files"))
    name = _name(draft)
    await bot.library.ask(require_known, bot, actor_of(bot, entry))
    advice, files = await bot.library.ask(_drawn, draft)
    page = await bot.github.propose(
        f"ftbot/{name}",
        {f"{FOLDER}/{name}/{path}": text for path, text in files.items()},
        f"Draft: {ftsdk.report.line(advice.title, 60)}",
        f"{advice.sentence}\n\nA draft from an advice in Slack ({advice.confidence}, as of {advice.as_of}). "
        "It is not meant to be merged before its rows, prompts and metric are your own.",
    )
    return reply(entry, proposed(bot.github.repository, page.rpartition("/")[2]))


def _drawn(draft: Draft) -> tuple[ftsdk.Advice, Mapping[str, str]]:
    advice = form.advice_of(draft)
    return advice, ftsdk.draft(advice, _name(draft))


def _name(draft: Draft) -> str:
    return f"draft-{draft.id[:8]}"
