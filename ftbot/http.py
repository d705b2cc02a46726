"""`ftbot serve`: Slack's requests over HTTP, verified before they are parsed, and the probes of an orchestrator."""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from ftbot.app import start_bot
from ftbot.bot import Bot
from ftbot.gate import MOST_BYTES, PASSED, Gate
from ftbot.health import add_probes
from ftbot.manifest import PATH
from ftbot.settings import Settings
from ftbot.webhook import add_webhook

LOG = structlog.get_logger("ftbot.http")


def web_app(app: AsyncApp, bot: Bot, gate: Gate) -> web.Application:
    """The routes: Slack's one address, and the probes."""

    async def receive(request: web.Request) -> web.StreamResponse:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        verdict = gate.check(request.headers, body)
        if verdict is not PASSED:
            LOG.warning("refused", status=verdict.status, reason=verdict.reason)
            return web.Response(status=verdict.status)
        answer = await _dispatch(app, request, body)
        if answer.status != 200:
            gate.forget(request.headers)
        return answer

    routes = web.Application(client_max_size=MOST_BYTES)
    routes.router.add_post(PATH, receive)
    if bot.watching is not None and bot.settings.github_webhook_secret:
        add_webhook(routes, bot)
    add_probes(routes, bot, lambda: True)
    return routes


async def _dispatch(app: AsyncApp, request: web.Request, body: bytes) -> web.StreamResponse:
    try:
        text = body.decode()
        bolt = AsyncBoltRequest(body=text, query=request.query_string, headers=dict(request.headers))
    except (ValueError, AttributeError, TypeError):  # Bolt's parser takes for granted that JSON is an object
        return web.Response(status=400)
    return await to_aiohttp_response(await app.async_dispatch(bolt))


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Answer over HTTP until ``stop``; requests under way are finished first."""
    gate = Gate(settings.secret("signing_secret"))
    async with start_bot(settings) as (app, bot):
        runner = web.AppRunner(web_app(app, bot, gate), access_log=None, shutdown_timeout=5.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
            LOG.info("listening", host=settings.host, port=runner.addresses[0][1], path=PATH)
            await stop.wait()
        finally:
            await runner.cleanup()
