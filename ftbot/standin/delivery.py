"""How the stand-in reaches the app: signed HTTP requests or Socket Mode; and what an acknowledgement may be."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlencode

import aiohttp

from ftbot.standin.sockets import Sockets

ACK_SECONDS = 3.0


class Ack(NamedTuple):
    """What the app answered: an HTTP status (200 too for a socket's acknowledgement, 504 for none), body, seconds."""

    status: int
    body: dict[str, Any]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the app took it."""
        return self.status == 200


class Route(Protocol):
    """A way to the app; ``kind`` is slash_commands, interactive or events_api."""

    async def deliver(self, kind: str, payload: dict[str, Any], retry: int = 0) -> Ack: ...


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature: HMAC-SHA256 over ``v0:timestamp:body``."""
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()


def encoded(kind: str, payload: dict[str, Any]) -> tuple[str, bytes]:
    """Content type and body as Slack sends them."""
    if kind == "events_api":
        return "application/json", json.dumps(payload).encode()
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return "application/x-www-form-urlencoded", urlencode(form).encode()


def signed(secret: str, kind: str, payload: dict[str, Any], now: float, retry: int = 0) -> tuple[dict[str, str], bytes]:
    """Headers and body of a delivery over HTTP."""
    content_type, body = encoded(kind, payload)
    timestamp = str(int(now))
    headers = {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature(secret, timestamp, body),
    }
    if retry:
        headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
    return headers, body


class HttpRoute:
    """Signed requests to the app's URL."""

    def __init__(self, url: str, secret: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._secret = secret
        self._session = session

    async def deliver(self, kind: str, payload: dict[str, Any], retry: int = 0) -> Ack:
        """One delivery; three seconds, as Slack waits."""
        headers, body = signed(self._secret, kind, payload, time.time(), retry)
        begun = time.monotonic()
        timeout = aiohttp.ClientTimeout(total=ACK_SECONDS)
        try:
            async with self._session.post(self._url, data=body, headers=headers, timeout=timeout) as response:
                said = await response.text()
                return Ack(response.status, _answer(said), time.monotonic() - begun)
        except (TimeoutError, aiohttp.ClientError):
            return Ack(504, {}, time.monotonic() - begun)


class SocketRoute:
    """Envelopes over Socket Mode."""

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets

    async def deliver(self, kind: str, payload: dict[str, Any], retry: int = 0) -> Ack:
        """One delivery."""
        begun = time.monotonic()
        try:
            return Ack(200, await self._sockets.send(kind, payload, retry), time.monotonic() - begun)
        except TimeoutError:
            return Ack(504, {}, time.monotonic() - begun)


def _answer(text: str) -> dict[str, Any]:
    if text.startswith("{"):
        found: dict[str, Any] = json.loads(text)
        return found
    return {"text": text} if text else {}
