"""The one small interface through which every model answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, Self, runtime_checkable

from ftsdk.errors import ProviderError, ProviderUnavailable
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


BEGUN_WITHIN = (-300.0, 900.0)  # seconds around the note of a beginning in which the service's clock may date it


class BatchHidden(ProviderUnavailable):
    """A batch is under way that may be the one looked for: it tells its questions only when it has ended."""


class BatchRefused(ProviderError):
    """The service did nothing of a batch, and will not: another may be begun."""


class Question(NamedTuple):
    """What one call asks of which model."""

    model: str
    messages: Sequence[Message]
    params: Params


class Batches(Protocol):
    """Many questions as one job that a service answers in its own time, within a day, at half the price."""

    most: int

    async def create(self, key: str, questions: Mapping[str, Question]) -> str:
        """Starts one job of ``questions`` by their ids (64 hexadecimal digits); returns what the service calls it.

        Raises ProviderUnavailable where it may or may not have been started: look with ``find`` before asking again.
        """
        ...

    async def find(self, key: str, began: float) -> str | None:
        """The job that was started with this key at about ``began`` (Unix seconds); None when none is shown (yet).

        Raises BatchHidden while a job runs that may be it, ProviderUnavailable where a look brought nothing.
        """
        ...

    async def answers(self, batch: str) -> Mapping[str, Answer] | None:
        """Answers by id, failed ones included, of a job that has ended; None while it runs.

        ``latency`` is 0: nobody knows it. Raises BatchRefused when the service refused the job as a whole.
        """
        ...


@runtime_checkable
class Batched(Protocol):
    """Optional: a client whose service takes batches."""

    batches: Batches | None


def batches_of(client: InferenceClient) -> Batches | None:
    """The batches of a client's service; None where it takes none."""
    return client.batches if isinstance(client, Batched) else None


def formats_of(client: InferenceClient) -> frozenset[FormatKind]:
    """The formats that a client can hold answers to; none when it declares none."""
    return client.formats if isinstance(client, Constrains) else frozenset()
