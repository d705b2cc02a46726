"""What Slack may send us: each listener writes it down and acknowledges it; the work comes after."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.response import BoltResponse

from ftbot.bot import Bot
from ftbot.inbox import Arrival
from ftbot.listeners import arrivals
from ftbot.screens.words import NOT_HERE, notice
from ftbot.work.forms import take_page

OURS = re.compile(r"^ft:")
Ack = Callable[..., Awaitable[BoltResponse]]
Body = dict[str, Any]


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen for everything that the manifest asks for; few listeners, because each costs time before the match."""
    app.use(partial(only_ours, bot=bot))

    @app.command("/ft")
    async def command(ack: Ack, body: Body) -> None:
        await bot.accept(arrivals.command(body))
        await ack()

    @app.action(OURS)
    async def action(ack: Ack, body: Body) -> None:
        await bot.accept(arrivals.action(body))
        await ack()

    @app.view(OURS)
    async def submission(ack: Ack, body: Body) -> None:
        arrival = arrivals.submission(body)
        answer = await bot.accept(arrival, partial(take_page, bot.drafts, arrival) if _is_form(arrival) else None)
        await ack(**(answer or {}))

    @app.view_closed(OURS)
    async def closed(ack: Ack, body: Body) -> None:
        await bot.accept(arrivals.closed(body))
        await ack()

    @app.shortcut(re.compile(r"^ft_"))
    async def shortcut(ack: Ack, body: Body) -> None:
        await bot.accept(arrivals.shortcut(body))
        await ack()

    @app.event("app_mention")
    async def mention(body: Body) -> None:
        await bot.accept(arrivals.mention(body))

    @app.event("app_home_opened")
    async def opened(event: Body, body: Body) -> None:
        if event.get("tab") == "home":
            await bot.accept(arrivals.home(body))

    @app.event("message")
    async def message(event: Body, body: Body) -> None:
        if event.get("channel_type") == "im" and not event.get("subtype") and not event.get("bot_id"):
            await bot.accept(arrivals.dm(body))


def _is_form(arrival: Arrival) -> bool:
    return arrival.kind == "submission"


async def only_ours(
    body: Body, context: AsyncBoltContext, next: Callable[[], Awaitable[None]], bot: Bot
) -> BoltResponse | None:
    """Let nobody through who is not of our workspace, nor anything from a channel shared with others."""
    if arrivals.team_of(body) == bot.identity.team and not arrivals.is_external(body):
        await next()
        return None
    return await context.ack(**(_refusal() if "command" in body else {}))


def _refusal() -> Body:
    refusal = notice(NOT_HERE)
    return {"text": refusal["text"], "blocks": refusal["blocks"], "response_type": "ephemeral"}
