"""What an orchestrator asks: does the process live, may it be given work, how is it doing."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

import ftsdk
from ftbot.bot import Bot

LAG_SECONDS = 60.0


def add_probes(routes: web.Application, bot: Bot, connected: Callable[[], bool]) -> None:
    """Add /livez (the process answers), /readyz (database, connection, outbox not behind) and /metrics."""

    async def livez(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def readyz(_request: web.Request) -> web.Response:
        found = await readiness(bot, connected)
        return web.json_response(found, status=200 if all(found.values()) else 503)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(text=await bot.metrics(), headers={"Content-Type": "text/plain; version=0.0.4"})

    routes.router.add_get("/metrics", metrics)
    routes.router.add_get("/livez", livez)
    routes.router.add_get("/readyz", readyz)


async def readiness(bot: Bot, connected: Callable[[], bool]) -> dict[str, bool]:
    """Each condition by name."""
    try:
        lag = await bot.outbox.lag()
    except (ftsdk.FtsdkError, OSError):
        return {"database": False, "connected": connected(), "outbox": False, "running": not bot.stopping}
    return {"database": True, "connected": connected(), "outbox": lag < LAG_SECONDS, "running": not bot.stopping}
