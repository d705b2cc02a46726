"""The page: static files and one websocket a browser, that shows what its person sees and takes what they do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from ftbot.play.acts import act
from ftbot.play.picture import picture
from ftbot.play.story import Story
from ftbot.standin import StandIn
from ftbot.standin.person import Person

STATIC = Path(__file__).with_name("static")
LOOK_SECONDS = 0.05
MOST_BYTES = 30 * 1024**2  # an uploaded file of 20 MB, as base64
# Nothing is fetched from elsewhere, and no page from elsewhere may frame this one.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


def page_app(slack: StandIn, people: Mapping[str, Person], story: Story) -> web.Application:
    """The routes; ``people`` are those whom the page may be, the first of them at the start."""

    async def socket(request: web.Request) -> web.StreamResponse:
        connection = web.WebSocketResponse(max_msg_size=MOST_BYTES)
        await connection.prepare(request)
        await Browser(connection, slack, people, story).serve()
        return connection

    async def index(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html")

    app = web.Application(middlewares=[only_from_here])
    app.on_response_prepare.append(_add_headers)
    app.router.add_get("/", index)
    app.router.add_get("/live", socket)
    app.router.add_static("/static", STATIC)
    return app


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


@web.middleware
async def only_from_here(request: web.Request, handler: Any) -> web.StreamResponse:
    """Refuse other sites that a browser has open, and names that were pointed at this machine."""
    host = request.host.rpartition(":")[0] or request.host
    origin = request.headers.get("Origin")
    if host not in ("127.0.0.1", "localhost") or (origin and origin != f"http://{request.host}"):
        return web.Response(status=403, text="This page is for the browser of this machine.\n")
    response: web.StreamResponse = await handler(request)
    return response


class Browser:
    """One open page: its person is switched without a reload."""

    def __init__(
        self, connection: web.WebSocketResponse, slack: StandIn, people: Mapping[str, Person], story: Story
    ) -> None:
        self._connection = connection
        self._slack = slack
        self._people = people
        self._story = story
        self._me = next(iter(people.values()))
        self._shown: tuple[Any, ...] = ()

    async def serve(self) -> None:
        """Until the page is closed."""
        showing = asyncio.create_task(self._show_forever())
        doing: set[asyncio.Task[None]] = set()
        try:
            async for message in self._connection:
                if message.type is WSMsgType.TEXT:
                    task = asyncio.create_task(self._do(json.loads(message.data)))
                    doing.add(task)
                    task.add_done_callback(doing.discard)
        finally:
            showing.cancel()
            await asyncio.gather(*doing, showing, return_exceptions=True)

    async def _show_forever(self) -> None:
        while not self._connection.closed:
            await self._show()
            await asyncio.sleep(LOOK_SECONDS)

    async def _show(self) -> None:
        now = (self._me.id, self._slack.state.version, self._story.version)
        if now != self._shown:
            self._shown = now
            seen = picture(self._slack, self._me) | {"story": self._story.told()}
            await self._connection.send_json({"picture": seen})

    async def _do(self, asked: dict[str, Any]) -> None:
        said = await self._said(asked)
        await self._show()
        if not self._connection.closed:
            await self._connection.send_json({"reply": asked.get("id"), **said})

    async def _said(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked.get("act") == "persona" and asked.get("user") in self._people:
            self._me = self._people[asked["user"]]
            return {}
        if asked.get("act") == "apply":
            return await self._story.apply(str(asked.get("spec")), self._me.id)
        return await act(self._slack, self._me, asked)
