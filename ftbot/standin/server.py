"""A strict Slack on loopback: Web API, Events, interactivity and Socket Mode over real HTTP and websockets."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from ftbot.standin.delivery import HttpRoute, Route, SocketRoute
from ftbot.standin.faults import Faults
from ftbot.standin.person import Person
from ftbot.standin.rates import Rates
from ftbot.standin.sockets import Sockets
from ftbot.standin.state import BOT_USER, RESPONSE_USES, Channel, Message, Refused, State, User
from ftbot.standin.web_api import call, check_message

BOT_TOKEN = "xoxb-standin"
APP_TOKEN = "xapp-standin"
SIGNING_SECRET = "standin-signing-secret"
SCOPES = (
    "app_mentions:read", "assistant:write", "chat:write", "commands", "im:history", "links:read", "links:write",
    "usergroups:read", "users:read",
)  # fmt: skip


class StandIn:
    """Slack for one workspace and one app.

    ``calls`` records every Web API call (method, arguments); ``faults`` says what goes wrong next. ``limit_rates``
    turns 429 on. Use as an async context manager; ``url`` is where it listens.
    """

    def __init__(
        self,
        *,
        scopes: Iterable[str] = SCOPES,
        clock: Callable[[], float] = time.time,
        limit_rates: bool = True,
        port: int = 0,
    ) -> None:
        self.state = State(clock, set(scopes), tokens={BOT_TOKEN: "bot", APP_TOKEN: "app"})
        self.faults = Faults()
        self.sockets = Sockets()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.route: Route = SocketRoute(self.sockets)
        self.url = ""
        self._rates = Rates() if limit_rates else None
        self._port = port
        self._runner: web.AppRunner | None = None
        self.session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=4 * 1024**2)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/link", self.sockets.serve)
        app.router.add_post("/respond/{name}", self._respond)
        app.router.add_post("/upload/{id}", self._upload)
        app.router.add_get("/file/{id}", self._download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = self.state.url = f"http://{host}:{port}"
        self.session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.sockets.close()
        if self.session is not None:
            await self.session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    # -- the workspace --------------------------------------------------------------------------------------------

    def person(self, id: str, name: str = "", *, guest: bool = False, team: str | None = None) -> Person:
        """Somebody who uses the app."""
        user = self.state.users.setdefault(id, User(id, name or id.casefold(), guest=guest))
        user.team = team or user.team
        return Person(self, user)

    def channel(self, id: str, *members: str, bot: bool = True, shared: bool = False) -> Channel:
        """A channel; the bot is in it unless ``bot`` says otherwise."""
        everybody = set(members) | ({BOT_USER} if bot else set())
        self.state.channels[id] = Channel(id, id.casefold(), everybody, shared=shared)
        return self.state.channels[id]

    def messages(self, channel: str) -> list[Message]:
        """What everybody sees in a channel, in order."""
        return [message for message in self.state.messages if message.channel == channel and not message.only_for]

    def called(self, method: str) -> list[dict[str, Any]]:
        """Arguments of every call of a method."""
        return [args for name, args in self.calls if name == method]

    def reach(self, url: str, secret: str = SIGNING_SECRET) -> None:
        """Deliver over HTTP to this URL instead of over sockets."""
        if self.session is None:
            raise RuntimeError("the stand-in is not started; use it in an async with statement")
        self.route = HttpRoute(url, secret, self.session)

    # -- Web API --------------------------------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method, token, args = await _read(request)
        fault = self.faults.next(method)
        if fault == "rate_limited":
            return self._too_many(self.faults.retry_after)
        if fault == "server_error":
            return web.json_response({"ok": False, "error": "internal_error"}, status=503)
        if fault == "bad_gateway":
            return web.Response(text="<html>502 Bad Gateway</html>", status=502, content_type="text/html")
        if fault == "drop_before":
            return _broken(request)
        answer = self._answer(method, token, args)
        if isinstance(answer, int):
            return self._too_many(answer)
        granted = {"X-OAuth-Scopes": ",".join(sorted(self.state.scopes))}
        return _broken(request) if fault == "drop_after" else web.json_response(answer, headers=granted)

    def _answer(self, method: str, token: str, args: dict[str, Any]) -> dict[str, Any] | int:
        """What is said, or the seconds to wait."""
        wait = self._rates.refuse(method, str(args.get("channel")), self.state.clock()) if self._rates else None
        if wait is not None:
            return wait
        self.calls.append((method, args))
        try:
            if method == "apps.connections.open":
                return {"ok": True, "url": self._socket_url(token)}
            return call(self.state, method, token, args)
        except Refused as refused:
            return refused.answer

    def _socket_url(self, token: str) -> str:
        if self.state.tokens.get(token) != "app":
            raise Refused("not_allowed_token_type")
        return f"{self.url.replace('http', 'ws', 1)}/link?ticket={self.sockets.ticket()}"

    def _too_many(self, seconds: int) -> web.Response:
        return web.json_response(
            {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(seconds)}
        )

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        """A message by response_url."""
        fault = self.faults.next("response_url")
        if fault == "drop_before":
            return _broken(request)
        known = self.state.response_urls.get(request.match_info["name"])
        if known is None or known.uses >= RESPONSE_USES or self.state.clock() > known.expires:
            return web.Response(text="expired_url", status=404)
        known.uses += 1
        body = await request.json()
        try:
            check_message(body)
        except Refused as refused:
            return web.json_response(refused.answer, status=400)
        self.show(known.user, known.channel, body, known.message)
        return _broken(request) if fault == "drop_after" else web.json_response({"ok": True})

    # -- files ----------------------------------------------------------------------------------------------------

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        file = self.state.files.get(request.match_info["id"])
        content = await request.read()
        if file is None or file.content is not None or len(content) != file.size:
            return web.Response(status=400)
        file.content = content
        return web.Response(text=f"OK - {len(content)}")

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """A file's bytes, to the bot's token; anybody else gets Slack's page to sign in."""
        file = self.state.files.get(request.match_info["id"])
        if request.headers.get("Authorization") != f"Bearer {BOT_TOKEN}" or "files:read" not in self.state.scopes:
            return web.Response(status=302, headers={"Location": "/signin"})
        return web.Response(body=file.content) if file and file.content is not None else web.Response(status=404)

    def show(self, user: str, channel: str, body: dict[str, Any], original: Message | None) -> None:
        """Show what a response_url or an acknowledgement brought."""
        if body.get("delete_original") and original in self.state.messages:
            self.state.messages.remove(original)
        elif body.get("replace_original") and original is not None:
            original.body = body
            original.edits += 1
        else:
            only_for = None if body.get("response_type") == "in_channel" else user
            self.state.messages.append(Message(channel, self.state.stamp(), body, only_for=only_for))


async def _read(request: web.Request) -> tuple[str, str, dict[str, Any]]:
    body = await request.text()
    args: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        args |= json.loads(body or "{}")
    else:
        args |= dict(parse_qsl(body))
    header = request.headers.get("Authorization", "")
    token = header.removeprefix("Bearer ") or str(args.pop("token", ""))
    args.pop("token", None)
    return request.match_info["method"], token, args


def _broken(request: web.Request) -> web.StreamResponse:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def eventually(condition: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Wait until ``condition`` gives something true; returns that. Raises TimeoutError otherwise."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s")
        await asyncio.sleep(0.005)
    return found
