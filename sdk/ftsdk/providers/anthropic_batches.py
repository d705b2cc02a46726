"""Batches at Anthropic: up to 100,000 messages as one job at half the price; a job has no name that could be ours."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ftsdk.errors import ProviderError
from ftsdk.providers.anthropic_wire import AnthropicWire, read
from ftsdk.providers.faults import no_answer, of_status_error
from ftsdk.providers.inference import BEGUN_WITHIN, Answer, BatchHidden, Question, Usage
from ftsdk.providers.remote_inference import refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anthropic import AsyncAnthropic

MOST = 100_000
MARK = 20  # characters of a question's name there that are the batch's; the other 43 are the question's own
NOTHING = Usage(prompt_tokens=0, completion_tokens=0)
SAID: Mapping[str, str] = {"expired": "it expired before it was answered", "canceled": "the batch was cancelled"}


class AnthropicBatches:
    """The batches of one account. What is ours is known by the names of its questions, shown when it has ended."""

    most = MOST

    def __init__(self, client: AsyncAnthropic, wire: AnthropicWire, service: str) -> None:
        self._client = client
        self._wire = wire
        self._service = service

    async def create(self, key: str, questions: Mapping[str, Question]) -> str:
        """One request with all questions."""
        mark = _mark(key)
        requests: Any = [
            {"custom_id": mark + _short(id), "params": self._wire.params(*question)}
            for id, question in questions.items()
        ]
        with self._told("begin a batch"):
            return (await self._client.messages.batches.create(requests=requests)).id

    async def find(self, key: str, began: float) -> str | None:
        """Among the batches of that time, by the first of their answers."""
        mark, hidden = _mark(key), False
        with self._told("list its batches"):
            async for batch in self._client.messages.batches.list(limit=100):
                at = batch.created_at.timestamp() - began
                if at < BEGUN_WITHIN[0]:
                    break  # the newest come first
                if at > BEGUN_WITHIN[1]:
                    continue
                if batch.processing_status != "ended":
                    hidden = True
                elif await self._is_ours(batch.id, mark):
                    return batch.id
        if hidden:
            raise BatchHidden(
                f"a batch that began then is under way at {self._service} and tells its questions when it has ended",
                help="it is waited for",
            )
        return None

    async def answers(self, batch: str) -> Mapping[str, Answer] | None:
        """What became of every question."""
        with self._told(f"show the batch {batch}"):
            said = await self._client.messages.batches.retrieve(batch)
            if said.processing_status != "ended":
                return None
            results = await self._client.messages.batches.results(batch)
            return {_long(one.custom_id[MARK:]): _answer(one.result) async for one in results}

    async def _is_ours(self, batch: str, mark: str) -> bool:
        async for one in await self._client.messages.batches.results(batch):
            return one.custom_id.startswith(mark)
        return False

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        import anthropic

        try:
            yield
        except anthropic.APIStatusError as error:
            raise refused(of_status_error(self._service, error)) from None
        except anthropic.APIConnectionError as error:
            raise no_answer(self._service, doing, error) from None


def _mark(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:MARK]


def _short(id: str) -> str:
    """64 hexadecimal digits in 43 characters: a name may have 64."""
    return base64.urlsafe_b64encode(bytes.fromhex(id)).decode().rstrip("=")


def _long(short: str) -> str:
    return base64.urlsafe_b64decode(short + "=").hex()


def _answer(result: Any) -> Answer:
    if result.type == "succeeded":
        try:
            return read(result.message).answer(latency=0.0)
        except (ProviderError, KeyError, TypeError, AttributeError) as reason:
            return _failed(f"the answer has a shape that the protocol does not have: {reason}")
    if result.type == "errored":
        return _failed(str(getattr(result.error.error, "message", "no reason was given")))
    return _failed(SAID.get(result.type, result.type))


def _failed(reason: str) -> Answer:
    return Answer(text="", usage=NOTHING, latency=0.0, finish_reason="error", error=reason)
