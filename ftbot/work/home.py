"""The Home tab: drawn when somebody opens it, asks for it anew, or decides something there."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import ftsdk
from ftbot.inbox import Entry
from ftbot.outbox import Wanted
from ftbot.screens.home import HomeState, home

if TYPE_CHECKING:
    from ftbot.bot import Bot

AHEAD = timedelta(days=183)


async def show(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """Publish somebody's Home tab; doing it twice changes nothing."""
    person = entry.arrival.person
    await bot.client.views_publish(user_id=person, view=home(await bot.library.ask(state_of, bot, person)))
    return ()


async def drawn_again(bot: Bot, entry: Entry) -> None:
    """Publish it anew when the click came from there."""
    if (entry.arrival.payload.get("view") or {}).get("type") == "home":
        await show(bot, entry)


def state_of(bot: Bot, person: str) -> HomeState:
    """What somebody's Home tab shows."""
    workspace, now = bot.library.workspace, datetime.now(UTC)
    actor = f"slack:{bot.identity.team}/{person}"
    name = workspace.people.of(actor)
    mine = [run.row for run in workspace.runs() if _is_mine(workspace, run.row.requested_by, actor, name)]
    soon = [route for route in ftsdk.catalogue.routes() if _ends_soon(route, now)]
    return HomeState(
        waiting=bot.desk.waiting_for(person),
        runs=tuple(mine),
        budgets=workspace.budgets(now),
        endings=tuple(sorted(soon, key=lambda route: str(route.trains_until))),
        at=time.time(),
    )


def _is_mine(workspace: ftsdk.Workspace, asked_by: str | None, actor: str, name: str | None) -> bool:
    return asked_by is not None and (asked_by == actor or (name is not None and workspace.people.of(asked_by) == name))


def _ends_soon(route: ftsdk.catalogue.Route, now: datetime) -> bool:
    return route.trains_until is not None and now.date() <= route.trains_until <= (now + AHEAD).date()
