"""Cancel, pause, resume and retry from a card: who may is looked up on the click, and what came of it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ftsdk
from ftbot.inbox import Entry
from ftbot.outbox import Wanted
from ftbot.screens.card import ENDS
from ftbot.screens.words import notice
from ftbot.work.replies import reply
from ftbot.work.who import actor_of, require_known

if TYPE_CHECKING:
    from ftbot.bot import Bot

SAID = {
    "cancel": ("will be cancelled when its provider says that the job has stopped", "has ended already"),
    "pause": ("will stand still; Resume lets it go on", "has ended or is paused already"),
    "resume": ("goes on", "is not paused"),
    "retry": ("goes on where it failed", "has not failed"),
}


async def act(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """A button of a card. Doing it twice does it once: what was asked already is told as such."""
    name = entry.arrival.kind.removeprefix("run:")
    run = await bot.library.ask(lambda: bot.library.workspace.run(entry.arrival.payload["value"]))
    said = await bot.library.ask(_acted, bot, name, run, actor_of(bot, entry))
    return reply(entry, notice(said)) + await bot.cards.redrawn(run.id)


MUTED = "The card of run {run} stands still until the run has ended; nothing is said in its thread."
UNMUTED = "The card of run {run} moves again."


async def mute(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """The Mute and Unmute buttons of a card."""
    muted = entry.arrival.kind == "run:mute"
    run = await bot.library.ask(bot.library.find, entry.arrival.payload["value"])
    await bot.library.ask(require_known, bot, actor_of(bot, entry))
    if not await bot.cards.mute(run.id, muted=muted):
        return reply(entry, notice(f"Run {run.id} has no card here.", "FTBOT_RUNS_CHANNEL says where cards are"))
    said = (MUTED if muted else UNMUTED).format(run=run.id)
    return reply(entry, notice(said)) + await bot.cards.redrawn(run.id)


def _acted(bot: Bot, name: str, found: ftsdk.Run, actor: str) -> str:
    workspace = bot.library.workspace
    require_known(bot, actor)
    if name == "retry":
        done = found.row.phase in ("failed", "cancelled")
        if done:
            workspace.retry(found.id, last_phase(found), actor=actor)
    else:
        done = getattr(found, name)(actor)
    return f"Run {found.id} of {found.row.name} {SAID[name][0 if done else 1]}."


def last_phase(run: ftsdk.Run) -> Any:
    """The phase that a run was in when it ended."""
    phases = [event.data.get("phase") for event in run.events() if event.kind == "phase"]
    return next((phase for phase in reversed(phases) if phase and phase not in ENDS), "check")
