"""Windows that a click opens: at once while its trigger lives, else a message says to click again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from slack_sdk.errors import SlackApiError

from ftbot.inbox import Entry
from ftbot.outbox import Wanted
from ftbot.work.replies import reply

if TYPE_CHECKING:
    from ftbot.bot import Bot

LOG = structlog.get_logger("ftbot.windows")

# The trigger lives for three seconds and opens one window.
TOO_LATE = frozenset({"expired_trigger_id", "invalid_trigger_id", "trigger_expired"})
DONE_BEFORE = frozenset({"exchanged_trigger_id", "trigger_exchanged"})  # by us, before a crash: the window is open
MOVED_ON = frozenset({"hash_conflict", "not_found"})


def given(entry: Entry, block: str) -> dict[str, Any]:
    """What a submitted window says of one of its inputs; empty where it says nothing."""
    values = (entry.arrival.payload["view"].get("state") or {}).get("values", {}).get(block, {})
    found: dict[str, Any] = next(iter(values.values()), {})
    return found


async def open_window(bot: Bot, entry: Entry, view: dict[str, Any], late: dict[str, Any]) -> tuple[Wanted, ...]:
    """Open a modal for whoever clicked; ``late`` is said when that comes too late."""
    try:
        await bot.client.views_open(trigger_id=entry.arrival.payload["trigger_id"], view=view)
    except SlackApiError as error:
        code = error.response.get("error")
        if code in DONE_BEFORE:
            return ()
        if code not in TOO_LATE:
            raise
        LOG.info("too late to open a window", error=code)
        return reply(entry, late)
    return ()


async def update_window(bot: Bot, entry: Entry, view: dict[str, Any]) -> None:
    """Show another content in the modal that a click came from; one that moved on or was closed is left alone.

    A click on a message came from none: nothing is shown.
    """
    shown = entry.arrival.payload.get("view")
    if not shown:
        return
    try:
        await bot.client.views_update(view_id=shown["id"], hash=shown["hash"], view=view)
    except SlackApiError as error:
        if error.response.get("error") not in MOVED_ON:
            raise
