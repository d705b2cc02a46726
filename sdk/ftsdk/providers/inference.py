"""The one small interface through which every model answers."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, runtime_checkable

from ftsdk.values import Value

if TYPE_CHECKING:  # an application that only resolves an alias needs no rows
    from ftsdk.data.value import Message

FinishReason = Literal["stop", "length", "refused", "error"]


FormatKind = Literal["json", "json_schema"]


class AnswerFormat(Value):
    """What the shape of an answer is held to: any JSON, or JSON of ``json_schema``."""

    type: FormatKind
    json_schema: dict[str, Any] | None = None


class Params(Value):
    """How an answer is drawn and shaped; recorded with every answer. ``tools`` are functions in OpenAI's form."""

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    response_format: AnswerFormat | None = None
    tools: tuple[dict[str, Any], ...] = ()


class Usage(Value):
    """Tokens of one answer; ``cached_tokens`` are those of the prompt that the provider read from its cache."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0


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


@runtime_checkable
class Constrains(Protocol):
    """Optional: a client that holds answers to a format; ``formats`` are those that it can."""

    formats: frozenset[FormatKind]


def formats_of(client: InferenceClient) -> frozenset[FormatKind]:
    """The formats that a client can hold answers to; none when it declares none."""
    return client.formats if isinstance(client, Constrains) else frozenset()
