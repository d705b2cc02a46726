"""`ftbot socket`: Socket Mode over two connections, because each is closed before it is opened anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from ftbot.app import start_bot
from ftbot.bot import Bot
from ftbot.health import add_probes
from ftbot.settings import Settings

LOG = structlog.get_logger("ftbot.sockets")


@asynccontextmanager
async def connected_sockets(app: AsyncApp, bot: Bot, settings: Settings) -> AsyncIterator[list[AsyncSocketModeHandler]]:
    """Open connections; closed at the end, before anything else of the bot stops."""
    token = settings.secret("app_token")
    handlers: list[AsyncSocketModeHandler] = []
    try:
        for _number in range(settings.sockets):
            handlers.append(AsyncSocketModeHandler(app, token, web_client=bot.client))
            await handlers[-1].connect_async()  # type: ignore[no-untyped-call]  # slack_bolt's own
        yield handlers
    finally:
        for handler in handlers:
            await handler.close_async()  # type: ignore[no-untyped-call]  # slack_bolt's own


def is_connected(handlers: list[AsyncSocketModeHandler]) -> bool:
    """Whether at least one connection stands."""
    sessions = [handler.client.current_session for handler in handlers]
    return any(session is not None and not session.closed for session in sessions)


async def socket(settings: Settings, stop: asyncio.Event) -> None:
    """Answer over Socket Mode until ``stop``; the probes are served over HTTP beside it."""
    settings.secret("app_token")
    async with start_bot(settings) as (app, bot), connected_sockets(app, bot, settings) as handlers:
        routes = web.Application()
        add_probes(routes, bot, lambda: is_connected(handlers))
        runner = web.AppRunner(routes, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
            LOG.info("connected", sockets=len(handlers), probes_port=runner.addresses[0][1])
            await stop.wait()
        finally:
            await runner.cleanup()
