"""A comparison at work: shown, shared, its rows looked at, its report sent, its model promoted or turned down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ftsdk
from ftbot.cards import comparison_key
from ftbot.inbox import Entry
from ftbot.outbox import Wanted
from ftbot.screens.comparison import no_comparison
from ftbot.screens.examples import Place, examples_modal, first_place, read_place
from ftbot.screens.standing import REASON, turn_down_modal
from ftbot.screens.words import notice
from ftbot.work.replies import reply
from ftbot.work.who import actor_of, require_known
from ftbot.work.windows import given, open_window, update_window

if TYPE_CHECKING:
    from ftbot.bot import Bot

LATE = "The window could not be opened in time. Press the button again; nothing was changed."
AGREED = {
    "waiting": "People must agree before run {run} is promoted: they were asked.",
    "refused": "Run {run} was not promoted: the people who must agree did not.",
}


async def share(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Post a comparison to the channel that it was asked for in; once, however often the button is pressed."""
    channel = entry.arrival.payload.get("channel", "")
    run = await _run(bot, entry)
    body = await bot.comparisons.message(run)
    if body is None:
        return reply(entry, no_comparison(run.id, run.row.phase))
    return (Wanted(f"run:{run.id}:shared:{channel}", channel, body, address=entry.arrival.person),)


async def examples(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """A window with rows side by side."""
    run = await _run(bot, entry)
    comparison = await bot.library.ask(lambda: run.comparison)
    if comparison is None:
        return reply(entry, no_comparison(run.id, run.row.phase))
    view = await bot.library.ask(examples_modal, comparison, first_place(comparison, run.id))
    return await open_window(bot, entry, view, notice(LATE))


async def turn(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Another page of the window."""
    page = entry.arrival.payload["value"]
    return await _go(bot, entry, _here(entry)._replace(page=int(page) if page.isdecimal() and len(page) < 6 else 0))


async def choose(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Other rows in the window."""
    here = _here(entry)
    return await _go(bot, entry, read_place(f"r={here.run};f={entry.arrival.payload['value']}"))


def _here(entry: Entry) -> Place:
    return read_place(str((entry.arrival.payload.get("view") or {}).get("private_metadata", "")))


async def _go(bot: Bot, entry: Entry, place: Place) -> tuple[Wanted, ...]:
    comparison = await bot.library.ask(lambda: bot.library.find(place.run).comparison)
    if comparison is not None:
        await update_window(bot, entry, await bot.library.ask(examples_modal, comparison, place))
    return ()


async def report(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """The whole report as a page, in the thread of a message to whoever asked."""
    run = await _run(bot, entry)
    comparison = await bot.library.ask(lambda: run.comparison)
    if comparison is None:
        return reply(entry, no_comparison(run.id, run.row.phase))
    page = await bot.library.ask(ftsdk.report.page, comparison)
    key, person = f"report:{run.id}:{entry.arrival.person}", entry.arrival.person
    lead = notice(f"The report of run {run.id} is in this thread.", "download it and open it in a browser")
    step = f"`ft report {run.id}` writes it where the project is"
    body = {
        "text": f"Report of run {run.id}",
        "files": [{"name": f"{run.id}.html", "text": page}],
        "instead": notice("The bot may not upload files here, so the report is not sent.", step),
    }
    return (Wanted(key, person, lead), Wanted(f"{key}:file", person, body, target="files", thread=key))


# -- deciding ----------------------------------------------------------------------------------------------------------


async def promote(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Point the spec's alias at a run's model, once those who must agree did."""
    run = await _run(bot, entry)
    said = await bot.library.ask(_promoted, bot, run, actor_of(bot, entry))
    return reply(entry, notice(said)) + await _redrawn(bot, run)


def _promoted(bot: Bot, run: ftsdk.Run, actor: str) -> str:
    require_known(bot, actor)
    declared = run.plan.spec.spec.promote
    if declared is None:
        raise ftsdk.errors.UsageError(f"The spec of run {run.id} names no alias.", help="add spec.promote to it")
    agreement = bot.library.workspace.agree_to_promote(run.id)
    if agreement in AGREED:
        return AGREED[agreement].format(run=run.id)
    resolved = bot.library.workspace.promote(run, declared.alias, actor=actor)
    return f"{resolved.alias} is version {resolved.version}: the model of run {run.id}. {resolved.headline}"


async def ask_why(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """The Reject button: a window asks why."""
    run = await _run(bot, entry)
    return await open_window(bot, entry, turn_down_modal(run.id), notice(LATE))


async def turned_down(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """The window came back with a reason."""
    view = entry.arrival.payload["view"]
    named = read_place(str(view.get("private_metadata", ""))).run
    reason = str(given(entry, REASON).get("value") or "")[:500]
    actor = actor_of(bot, entry)
    run = await bot.library.ask(bot.library.find, named)
    await bot.library.ask(require_known, bot, actor)
    await bot.library.ask(bot.library.workspace.turn_down, run.id, reason, actor=actor)
    await bot.comparisons.turn_down(run.id, entry.arrival.person, reason)
    return reply(entry, notice(f"You turned the model of run {run.id} down; no alias was moved.")) + await _redrawn(
        bot, run
    )


async def _run(bot: Bot, entry: Entry) -> ftsdk.Run:
    return await bot.library.ask(bot.library.find, entry.arrival.payload["value"])


async def _redrawn(bot: Bot, run: ftsdk.Run) -> tuple[Wanted, ...]:
    """The comparison under the run's card, as it is now; none where the runs have no channel or it was never posted."""
    key = comparison_key(run.id, bot.settings.runs_channel)
    body = await bot.comparisons.message(run)
    if body is None or not await bot.outbox.known(key):
        return ()
    return (Wanted(key, bot.settings.runs_channel, body, urgent=True),)
