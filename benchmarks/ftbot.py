"""How fast the bot acknowledges: beside Bolt's own floor, with its durable inbox, over HTTP, and what the lint costs.

python -m benchmarks.ftbot [ROUNDS]; batches are interleaved, the figure is the lowest of the rounds' medians.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from ftbot.app import start_bot
from ftbot.bot import Bot
from ftbot.gate import Gate
from ftbot.http import PATH, web_app
from ftbot.inbox import Accepted
from ftbot.screens.lint import lint
from ftbot.settings import Settings
from ftbot.standin import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, StandIn
from ftbot.standin.delivery import signed
from ftbot.standin.state import BOT_ID, BOT_USER, TEAM

BATCH = 300
PAYLOADS = Path(__file__).parent.parent / "tests" / "ftbot" / "wireframes.json"
_triggers = itertools.count()
Send = Callable[[], Awaitable[int]]


def command() -> tuple[dict[str, str], bytes]:
    """A fresh signed `/ft nothing`: a request that leads to one small answer."""
    payload = {
        "command": "/ft", "text": "help", "user_id": "U0ANA", "team_id": TEAM, "channel_id": "C0TEAM",
        "trigger_id": f"{next(_triggers)}.1.x", "response_url": "", "api_app_id": "A0FTBOT", "user_name": "ana",
    }  # fmt: skip
    return signed(SIGNING_SECRET, "slash_commands", payload, time.time())


def bolt_app(**mode: Any) -> AsyncApp:
    """Bolt with one listener that acknowledges."""
    known = AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_id=BOT_ID, bot_user_id=BOT_USER, bot_token=BOT_TOKEN)

    async def authorize() -> AuthorizeResult:
        return known

    client = AsyncWebClient(retry_handlers=[])
    app = AsyncApp(name="floor", signing_secret=SIGNING_SECRET, authorize=authorize, client=client, **mode)

    @app.command("/ft")
    async def answer(ack: Any) -> None:
        await ack()

    return app


def floor_send(app: AsyncApp) -> Send:
    async def send() -> int:
        headers, body = command()
        return int((await app.async_dispatch(AsyncBoltRequest(body=body.decode(), headers=headers))).status)

    return send


def our_send(app: AsyncApp) -> Send:
    gate = Gate(SIGNING_SECRET)

    async def send() -> int:
        headers, body = command()
        assert gate.check(headers, body).status == 200
        return int((await app.async_dispatch(AsyncBoltRequest(body=body.decode(), headers=headers))).status)

    return send


def http_send(session: aiohttp.ClientSession, url: str) -> Send:
    async def send() -> int:
        headers, body = command()
        async with session.post(url, data=body, headers=headers) as response:
            await response.read()
            return response.status

    return send


async def batch(send: Send, size: int = BATCH) -> list[float]:
    """Seconds of each of ``size`` requests, one after the other."""
    times = []
    for _request in range(size):
        begun = time.perf_counter()
        assert await send() == 200
        times.append(time.perf_counter() - begun)
    return times


async def at_once(send: Send, size: int, most: int) -> list[float]:
    """The same with ``most`` under way at any time."""
    parts = await asyncio.gather(*(batch(send, size // most) for _lane in range(most)))
    return [one for part in parts for one in part]


async def compared(first: Send, second: Send, rounds: int, size: int = BATCH) -> tuple[float, float]:
    """The lowest median of each, in milliseconds, batches interleaved."""
    await batch(first, 20)
    await batch(second, 20)
    medians = [
        (statistics.median(await batch(first, size)), statistics.median(await batch(second, size)))
        for _round in range(rounds)
    ]
    return 1000 * min(a for a, _ in medians), 1000 * min(b for _, b in medians)


def percentile(times: list[float], share: float) -> float:
    return 1000 * sorted(times)[min(len(times) - 1, int(share * len(times)))]


async def serve(routes: web.Application, path: str) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(routes, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}{path}"


def stock_routes(app: AsyncApp) -> web.Application:
    async def receive(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    routes = web.Application()
    routes.router.add_post(PATH, receive)
    return routes


async def dispatch(app: AsyncApp, bot: Bot, rounds: int) -> None:
    """Our path with an inbox that does nothing, beside Bolt's floor."""
    accept = bot.inbox.accept

    async def nothing(*_args: Any) -> Accepted:
        return Accepted(None, None)

    bot.inbox.accept = nothing  # type: ignore[method-assign]
    floor, ours = await compared(floor_send(bolt_app(process_before_response=True)), our_send(app), rounds)
    print(f"dispatch: bolt {floor:.3f} ms, ours {ours:.3f} ms, ratio {ours / floor:.2f} (bar 1.5)")
    bot.inbox.accept = accept  # type: ignore[method-assign]


def yardstick(where: Path, size: int = 300) -> float:
    """What the disk allows: the median of bare SQLite inserts, WAL and synchronous FULL, in milliseconds."""
    connection = sqlite3.connect(where, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS t(a, b)")
    times = []
    for number in range(size):
        begun = time.perf_counter()
        connection.execute("INSERT INTO t VALUES (?, ?)", (number, "x" * 500))
        times.append(time.perf_counter() - begun)
    connection.close()
    return 1000 * statistics.median(times)


async def durable(app: AsyncApp, where: Path, rounds: int) -> None:
    """With the inbox on SQLite, WAL, synchronous FULL; nobody works the requests off meanwhile."""
    send = our_send(app)
    await batch(send, 20)
    found = []
    for _round in range(rounds):
        bare, alone, crowd = yardstick(where / "bare.db"), await batch(send, 500), await at_once(send, 1000, 20)
        found.append((percentile(alone, 0.5), percentile(alone, 0.99), percentile(crowd, 0.99), bare))
    p50, p99, crowded, bare = (min(column) for column in zip(*found, strict=True))
    print(f"durable ack alone: p50 {p50:.2f} ms (bar 2), p99 {p99:.2f} ms (bar 25); a bare insert: p50 {bare:.2f} ms")
    print(f"durable ack, 20 at once: p99 {crowded:.1f} ms (bar 100)")


async def over_http(app: AsyncApp, bot: Bot, rounds: int) -> None:
    """The whole way over loopback, beside a stock AsyncApp in its default mode."""
    ours, our_url = await serve(web_app(app, bot, Gate(SIGNING_SECRET)), PATH)
    stock, stock_url = await serve(stock_routes(bolt_app()), PATH)
    async with aiohttp.ClientSession() as session:
        theirs, mine = await compared(http_send(session, stock_url), http_send(session, our_url), rounds, 100)
    print(f"over HTTP: stock {theirs:.2f} ms, ours with its inbox {mine:.2f} ms, ratio {mine / theirs:.2f} (bar 0.25)")
    await ours.cleanup()
    await stock.cleanup()


def linting(rounds: int) -> None:
    """The lint over the wireframes, in milliseconds of CPU a payload."""
    wireframes = json.loads(PAYLOADS.read_text("utf-8"))
    slowest: dict[str, float] = {}
    for name, payload in wireframes.items():
        surface = name.rpartition(".")[2].replace("ephemeral", "message")
        costs = []
        for _round in range(rounds):
            begun = time.process_time()
            for _time in range(100):
                lint(payload, surface)
            costs.append((time.process_time() - begun) * 10)
        slowest[name] = min(costs)
    worst = max(slowest, key=lambda name: slowest[name])
    print(
        f"lint: median {statistics.median(slowest.values()):.3f} ms, slowest {slowest[worst]:.3f} ms, {worst} (bar 0.5)"
    )


async def measure(rounds: int) -> None:
    """Everything, in one process."""
    linting(rounds)
    with tempfile.TemporaryDirectory(prefix="ftbot-") as directory:
        (Path(directory) / "ftsdk.yaml").write_text("apiVersion: ftsdk/v1\nkind: Project\n")
        async with StandIn(limit_rates=False) as slack:
            settings = Settings(
                bot_token=BOT_TOKEN, app_token=APP_TOKEN, signing_secret=SIGNING_SECRET, workspace=Path(directory),
                slack_api_url=slack.url, tick_seconds=3600.0,
            )  # fmt: skip
            async with start_bot(settings) as (app, bot):
                await dispatch(app, bot, rounds)
                bot.start_on = lambda _entry: None  # type: ignore[method-assign]
                await durable(app, Path(directory), rounds)
                await over_http(app, bot, rounds)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
