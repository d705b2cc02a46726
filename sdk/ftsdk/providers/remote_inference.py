"""Answers of a hosted model: asked again where that is safe, held back together, told in one shape."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from ftsdk.data.value import Message
from ftsdk.errors import ProviderError, ProviderUnavailable
from ftsdk.providers.allowance import Left
from ftsdk.providers.faults import Refusal, fault
from ftsdk.providers.inference import Answer, Batches, FinishReason, FormatKind, Params, Usage
from ftsdk.providers.throttle import Throttle, Turn, backoff
from ftsdk.values import Value

CONCURRENCY = 32  # whoever waits after a refusal is one of them
OF_THE_QUESTION = frozenset({400, 413, 422})
REQUEST_SECONDS = 120.0  # one answer; a reasoning model takes its time


class Reply(Value):
    """What one request brought, before it is timed. ``tool_calls`` are in OpenAI's form; ``left`` of the limits."""

    text: str
    usage: Usage
    finish_reason: FinishReason
    tool_calls: tuple[dict[str, object], ...] = ()
    left: tuple[Left, ...] = ()

    def answer(self, latency: float) -> Answer:
        """The answer that it is."""
        return Answer(latency=latency, **{name: value for name, value in self if name != "left"})


class NotThisQuestion(ProviderError):
    """The service refused this one question (too long, stopped by a filter); others may be answered."""


def refused(refusal: Refusal) -> ProviderError:
    """The error for a refusal to answer; `NotThisQuestion` where it is about what was asked, not about who asks."""
    told = fault(refusal, "answer")
    if refusal.status in OF_THE_QUESTION:
        return NotThisQuestion(told.message, help=told.help, owner=told.owner)
    return told


class Wire(Protocol):
    """How one service is asked. ``ask`` raises ProviderUnavailable where asking again may help."""

    formats: frozenset[FormatKind]

    async def ask(self, model: str, messages: Sequence[Message], params: Params) -> Reply:
        """One request, never repeated here."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


class RemoteInference:
    """An `InferenceClient` over a `Wire`. Use it from one event loop."""

    concurrency = CONCURRENCY

    def __init__(self, model: str, wire: Wire, throttle: Throttle, batches: Batches | None = None) -> None:
        self.model = model
        self.batches = batches
        self.formats = wire.formats
        self._wire = wire
        self._throttle = throttle
        self._line = asyncio.Lock()  # who waits first asks first, and who gives up waiting holds nobody up
        self._closed = False
        self._refused: ProviderError | None = None

    async def complete(self, model: str, messages: Sequence[Message], params: Params) -> Answer:
        """One answer; ``latency`` is of the request that brought it, waits excluded.

        Raises ProviderError when the service refuses all questions (a wrong key, say) or did not answer for long.
        """
        self._require_open()
        if params.response_format is not None and params.response_format.type not in self.formats:
            raise ProviderError(
                f"this connection cannot hold answers to {params.response_format.type!r}",
                help="leave response_format out for it",
                owner="configuration",
            )
        try:
            return await self._asked(model, messages, params)
        except NotThisQuestion as error:
            nothing = Usage(prompt_tokens=0, completion_tokens=0)
            return Answer(text="", usage=nothing, latency=0.0, finish_reason="error", error=error.message)
        except ProviderUnavailable:
            raise
        except ProviderError as error:
            self._refused = error  # the next question would hear the same
            raise

    async def aclose(self) -> None:
        """Let go of connections; nothing is answered afterwards."""
        self._closed = True
        self._throttle.rest()
        await self._wire.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _require_open(self) -> None:
        if self._closed:
            raise ProviderError(f"the client of {self.model!r} was closed", help="make a new one")
        if self._refused is not None:
            raise self._refused

    async def _asked(self, model: str, messages: Sequence[Message], params: Params) -> Answer:
        attempt = answers = 0
        while True:
            turn = await self._turn()
            self._require_open()
            began = time.perf_counter()
            try:
                reply = await self._wire.ask(model, messages, params)
            except ProviderUnavailable as error:
                hasty = error.owner == "quota"
                if hasty and self._throttle.answers > answers:
                    attempt, answers = 0, self._throttle.answers  # others are let in, so this one's turn will come
                attempt += 1
                pause = backoff(attempt, error.retry_after)
                if pause is None:
                    raise
                if hasty:
                    self._throttle.refused(turn, pause)
                await asyncio.sleep(pause)
            else:
                self._throttle.answered(turn, reply.left)
                return reply.answer(time.perf_counter() - began)

    async def _turn(self) -> Turn:
        async with self._line:
            while (turn := self._throttle.turn()).wait > 0:
                await asyncio.sleep(turn.wait)
            return turn
