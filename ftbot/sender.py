"""Sends what the outbox wants: creates or edits, survives 429 and outages, and never guesses about a lost answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from ftbot.files import post_files
from ftbot.metrics import Counts
from ftbot.outbox import Letter, Outbox, Wanted, digest_of
from ftbot.pace import Pace
from ftbot.screens.degrade import RUNGS, simplified
from ftbot.screens.lint import refusals
from ftbot.screens.words import not_sent

LOG = structlog.get_logger("ftbot.sender")

UNSURE_SECONDS = 60.0
RESPONSE_SECONDS = 1700.0  # a response_url lives for 30 minutes
BACKOFF = (1.0, 5.0, 15.0, 60.0, 300.0)
LOOKED_BACK = 100

TOO_RICH = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
PASSING = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
CONNECTION = (aiohttp.ClientError, TimeoutError, ConnectionError)


class Sender:
    """Brings Slack to what the outbox says; ``clock`` is monotonic seconds."""

    def __init__(
        self,
        outbox: Outbox,
        client: AsyncWebClient,
        session: aiohttp.ClientSession,
        counts: Counts | None = None,
        clock: Callable[[], float] = time.monotonic,
        unsure_seconds: float = UNSURE_SECONDS,
    ) -> None:
        self._outbox = outbox
        self._client = client
        self._session = session
        self._counts = counts or Counts()
        self._clock = clock
        self._unsure_seconds = unsure_seconds
        self._pace = Pace()
        self._readable = {"C", "G", "D"}  # kinds of conversations, until a scope turns out not to be granted

    async def send_due(self) -> int:
        """Send what is due, channels side by side; returns how many letters were taken."""
        letters = await self._outbox.claim(room=self._pace.room(self._clock()))
        await asyncio.gather(*(self._send(letter) for letter in letters))
        return len(letters)

    async def _send(self, letter: Letter) -> None:
        method = _method(letter)
        wait = self._pace.wait(method, letter.channel, self._clock(), urgent=letter.urgent)
        if wait > 0:
            return await self._outbox.later(letter, wait, "", state="ambiguous" if letter.unsure else "wanted")
        if letter.unsure and letter.target == "message":
            try:
                found = await self._find(letter)
            except (SlackApiError, *CONNECTION) as error:
                return await self._cannot_look(letter, error)
            if found is not None:
                return await self._outbox.sent(letter, ts=found, channel=letter.channel, rung=letter.rung)
        await self._attempt(letter, method)
        return None

    async def _attempt(self, letter: Letter, method: str) -> None:
        rung = fitting_rung(letter.body, letter.rung) if letter.target != "files" else 0
        try:
            ts, channel = await self._call(letter, simplified(letter.body, rung))
        except SlackApiError as error:
            await self._refused(letter, method, error, rung)
        except CONNECTION as error:
            await self._lost(letter, f"{type(error).__name__}: {error}")
        else:
            self._counts.add("messages_sent_total")
            await self._outbox.sent(letter, ts=ts, channel=channel, rung=rung)

    async def _call(self, letter: Letter, body: dict[str, Any]) -> tuple[str | None, str | None]:
        if letter.target == "response":
            await self._respond(letter, body)
            return None, None
        if letter.target == "files":
            await post_files(self._client, self._session, body, letter.parent_channel or "", letter.parent_ts or "")
            return None, None
        if letter.target == "ephemeral":
            await self._client.chat_postEphemeral(channel=letter.channel, user=letter.address or "", **body)
            return None, None
        if letter.ts is not None:
            # Blocks that are left out stay as they were; an empty list takes them away.
            await self._client.chat_update(
                channel=letter.sent_channel or letter.channel, ts=letter.ts, **({"blocks": []} | body)
            )
            return letter.ts, letter.sent_channel
        thread: dict[str, Any] = {"thread_ts": letter.parent_ts} if letter.parent_ts else {}
        metadata = {"event_type": "ftbot_message", "event_payload": {"outbox": letter.key}}
        made = await self._client.chat_postMessage(channel=letter.channel, metadata=metadata, **thread, **body)
        return str(made["ts"]), str(made["channel"])

    async def _respond(self, letter: Letter, body: dict[str, Any]) -> None:
        async with self._session.post(letter.address or "", json=body) as response:
            if response.status >= 500:
                response.raise_for_status()
            if response.status >= 400:
                said = await response.text()
                answer = json.loads(said) if said.startswith("{") else {"ok": False, "error": said[:60] or "refused"}
                raise SlackApiError("response_url", answer)  # type: ignore[no-untyped-call]  # slack_sdk's own

    # -- when it went wrong ---------------------------------------------------------------------------------------

    async def _refused(self, letter: Letter, method: str, error: SlackApiError, rung: int) -> None:
        code, wait = error_code(error), retry_after(error)
        if wait is not None:
            self._counts.add("messages_rate_limited_total")
            self._pace.pause(method, letter.channel, wait, self._clock())
            await self._outbox.later(letter, wait, "", state="wanted")
        elif code in PASSING:
            await self._lost(letter, code)
        elif code in TOO_RICH and rung < RUNGS - 1:
            self._counts.add("messages_simplified_total")
            LOG.warning("simplified", message=letter.key, error=code, rung=rung + 1)
            await self._outbox.later(letter, 0.0, "", rung=rung + 1)
        elif letter.target == "files":
            LOG.warning("said instead of uploaded", message=letter.key, error=code)
            instead: dict[str, Any] = letter.body["instead"]
            await self._outbox.later(letter, 0.0, "", target="message", body=instead, digest=digest_of(instead))
        elif code in GONE and letter.ts is not None:
            LOG.warning("posted anew", message=letter.key, error=code)
            await self._outbox.later(letter, 0.0, "", ts=None, sent_digest=None)
        else:
            self._counts.add("messages_refused_total")
            LOG.error("not sent", message=letter.key, channel=letter.channel, error=code)
            await self._outbox.later(letter, 0.0, code, state="dead")
            if letter.target == "message" and letter.address:
                told = Wanted(f"{letter.key}:not sent:{letter.fence}"[-200:], letter.address, not_sent(code))
                await self._outbox.put(told)

    async def _lost(self, letter: Letter, error: str) -> None:
        """No answer, or none that says whether it was done. Edits are repeated; a first post is looked for."""
        self._counts.add("messages_lost_total")
        wait = BACKOFF[min(letter.attempts, len(BACKOFF) - 1)]
        if letter.target == "response" and letter.attempts >= 3:
            return await self._outbox.later(letter, 0.0, error, state="dead")
        if letter.target != "message" or letter.ts is not None:
            return await self._outbox.later(letter, wait, error)
        unsure = wait if self._searchable(letter) else self._unsure_seconds
        return await self._outbox.later(letter, unsure, error, state="ambiguous")

    async def _find(self, letter: Letter) -> str | None:
        """The ts of a first post whose answer was lost; None when it is not there or nobody lets us look."""
        if not self._searchable(letter):
            return None
        parent = letter.parent_ts or letter.body.get("thread_ts")
        look = self._client.conversations_replies if parent else self._client.conversations_history
        place: dict[str, Any] = {"channel": letter.channel} | ({"ts": parent} if parent else {})
        listed = await look(**place, include_all_metadata=True, limit=LOOKED_BACK)
        messages: list[dict[str, Any]] = listed.get("messages") or []
        for message in messages:
            if message.get("metadata", {}).get("event_payload", {}).get("outbox") == letter.key:
                return str(message["ts"])
        return None

    def _searchable(self, letter: Letter) -> bool:
        """Whether lost posts can be looked for: not in a place that is only known by its person."""
        return letter.channel[:1] in self._readable

    async def _cannot_look(self, letter: Letter, error: Exception) -> None:
        """Wait before a lost message is posted again; without the scope nobody will look again."""
        if isinstance(error, SlackApiError) and retry_after(error) is None:
            self._readable.discard(letter.channel[:1])
        await self._outbox.later(letter, self._unsure_seconds, "", state="ambiguous")


def _method(letter: Letter) -> str:
    if letter.target == "response":
        return "response_url"
    if letter.target == "files":
        return "files.completeUploadExternal"
    if letter.target == "ephemeral":
        return "chat.postEphemeral"
    return "chat.update" if letter.ts else "chat.postMessage"


def fitting_rung(body: dict[str, Any], rung: int) -> int:
    """The first rung from ``rung`` on whose message Slack would take."""
    while rung < RUNGS - 1 and refusals(simplified(body, rung), "message"):
        rung += 1
    return rung


def error_code(error: SlackApiError) -> str:
    """The name of what Slack refused; an answer that is no JSON comes from something between us and Slack."""
    data = getattr(error.response, "data", error.response)
    if getattr(error.response, "status_code", 200) >= 500 or not isinstance(data, dict):
        return "internal_error"
    return str(data.get("error", "unknown_error"))


def retry_after(error: SlackApiError) -> float | None:
    """Seconds that a 429 asks for; None for other errors."""
    if error_code(error) not in ("ratelimited", "rate_limited"):
        return None
    headers = getattr(error.response, "headers", {}) or {}
    return float(headers.get("Retry-After", 30))
