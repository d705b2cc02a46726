"""Who clicked, and whether the project knows them; looked up on the click, never taken from what the payload claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ftsdk
from ftbot.inbox import Entry

if TYPE_CHECKING:
    from ftbot.bot import Bot


def actor_of(bot: Bot, entry: Entry) -> str:
    """Who clicked, as the library calls accounts."""
    return f"slack:{bot.identity.team}/{entry.arrival.person}"


def require_known(bot: Bot, actor: str) -> None:
    """Let only people of ftsdk.yaml go on, where it names any; raises PolicyDenied."""
    people = bot.library.workspace.people
    if people.anybody and people.of(actor) is None:
        raise ftsdk.errors.PolicyDenied(
            "Nobody in ftsdk.yaml has your account; nothing was changed.",
            help="ask somebody of the project, or be added under spec.people on the default branch",
        )
