"""The one small interface through which every model answers."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Literal, Protocol, Self

from ftsdk.data.value import Message
from ftsdk.values import Value

FinishReason = Literal["stop", "length", "refused", "error"]


class Params(Value):
    """Sampling settings; recorded with every answer."""

    max_tokens: int = 256
    temperature: float = 0.0


class Usage(Value):
    prompt_tokens: int
    completion_tokens: int


class Answer(Value):
    """What a model said. ``latency`` is seconds from request to last token; ``error`` says why there is no text."""

    text: str
    usage: Usage
    latency: float
    finish_reason: FinishReason
    tool_calls: tuple[dict[str, object], ...] = ()
    error: str | None = None


class InferenceClient(Protocol):
    """Answers chats. Safe to call concurrently; ``concurrency`` is how many calls in flight serve it best."""

    model: str
    concurrency: int

    async def complete(self, model: str, messages: Sequence[Message], params: Params) -> Answer:
        """One answer. Raises ProviderError when the provider failed (not when the model refused)."""
        ...

    async def aclose(self) -> None:
        """Let go of connections and processes."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
