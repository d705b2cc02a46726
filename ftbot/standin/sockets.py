"""Socket Mode: websockets that envelopes go out on, one at random, and whose acknowledgements come back."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
from typing import Any

from aiohttp import WSMsgType, web

from ftbot.standin.state import Refused

MOST_SOCKETS = 10
ACK_SECONDS = 3.0


class Sockets:
    """The open connections of one app."""

    def __init__(self) -> None:
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def ticket(self) -> str:
        """What the URL of a new connection carries; good for one connection."""
        if len(self._open) >= MOST_SOCKETS:
            raise Refused("too_many_websockets")
        name = secrets.token_hex(8)
        self._tickets.add(name)
        return name

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, until it is closed."""
        if request.query.get("ticket") not in self._tickets:
            return web.Response(status=403)
        self._tickets.discard(request.query["ticket"])
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._open.append(socket)
        try:
            await socket.send_json({"type": "hello", "num_connections": len(self._open)})
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(json.loads(message.data))
        finally:
            if socket in self._open:
                self._open.remove(socket)
        return socket

    def _acknowledged(self, answer: dict[str, Any]) -> None:
        waiting = self._waiting.get(str(answer.get("envelope_id")))
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.get("payload") or {})

    async def send(self, kind: str, payload: dict[str, Any], retry: int = 0) -> dict[str, Any]:
        """Deliver an envelope; returns what the app answered, raises TimeoutError when it did not in three seconds."""
        if not self._open:
            raise TimeoutError
        envelope = secrets.token_hex(12)
        self._waiting[envelope] = asyncio.get_running_loop().create_future()
        said = {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True}
        if retry:
            said |= {"retry_attempt": retry, "retry_reason": "timeout"}
        try:
            await random.choice(self._open).send_json(said)
            return await asyncio.wait_for(self._waiting[envelope], ACK_SECONDS)
        except ConnectionError as error:
            raise TimeoutError from error
        finally:
            del self._waiting[envelope]

    async def refresh(self, at_most: int = 1) -> None:
        """Ask connections to be opened anew, as Slack does every hour or so."""
        for socket in self._open[:at_most]:
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})

    async def close(self) -> None:
        """Close all of them."""
        for socket in list(self._open):
            await socket.close()
