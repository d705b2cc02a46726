"""Tokens of a row, part by part: how many, which are learnt, and what a limit would cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

from xxhash import xxh32_intdigest

from ftsdk.data.encodings import EncodingName
from ftsdk.data.encodings.fast import encode_one
from ftsdk.data.messages import weighted
from ftsdk.data.value import AnyRow, Message, PreferenceRow, Row

CountTokens = Callable[[Sequence[Message]], int]

# OpenAI's frame, from its cookbook ("How to count tokens with tiktoken"): three tokens a message and one for its role,
# one more for a name, three that open the answer.
FRAME, NAME, OPENING = 4, 1, 3

WORDS = re.compile(rb"\w+|[^\w\s]|[\x80-\xff]+")


class Segment(NamedTuple):
    """Consecutive tokens of a row that share their fate."""

    tokens: int
    learnt: bool


@runtime_checkable
class TokenCounter(Protocol):
    """How one model sees a chat. ``error`` is the estimate's relative error (95 %); 0 where counts are exact."""

    @property
    def name(self) -> str:
        """What the report calls this way of counting."""

    @property
    def error(self) -> float:
        """Relative error of a count, 0 when exact."""

    def encode(self, text: str) -> list[int]:
        """Token ids of ordinary text."""

    def segments(self, messages: Sequence[Message], tools: Sequence[dict[str, Any]] = ()) -> list[Segment]:
        """The chat's tokens in their order; learnt are the assistant's words whose weight is not 0."""


@dataclass(frozen=True)
class OpenAICounter:
    """Counts as OpenAI bills: the encoding's tokens and the frame around each message."""

    encoding_name: EncodingName
    error: float = 0.0

    @property
    def name(self) -> str:
        """The encoding's name."""
        return self.encoding_name

    def encode(self, text: str) -> list[int]:
        """The encoding's ids of ordinary text."""
        return encode_one(self.encoding_name)(text)

    def segments(self, messages: Sequence[Message], tools: Sequence[dict[str, Any]] = ()) -> list[Segment]:
        """The declared tools, then each message as its frame and its words, then what opens an answer."""
        from ftsdk.data.tool_tokens import call_text, tools_tokens

        parts = [Segment(tools_tokens(tools, self), False)] if tools else []
        for message in messages:
            named = NAME + len(self.encode(message.name)) if message.name else 0
            learnt = message.role == "assistant" and message.weight != 0
            body = len(self.encode(message.content)) if message.content else 0
            body += sum(len(self.encode(call_text(call))) for call in message.tool_calls)
            parts += [Segment(FRAME + named, False), Segment(body, learnt)]
        return [*parts, Segment(OPENING, False)]


@dataclass(frozen=True)
class CallableCounter:
    """A model that is only known by a function that counts whole chats, as providers offer it."""

    count: CountTokens
    name: str = "the model's own tokenizer and template"
    error: float = 0.0

    def encode(self, text: str) -> list[int]:
        """Numbers of words and signs, for comparing texts only; the model's own ids are not at hand."""
        return [xxh32_intdigest(word) & 0x1FFFFF for word in WORDS.findall(text.encode("utf-8", "surrogatepass"))]

    def segments(self, messages: Sequence[Message], tools: Sequence[dict[str, Any]] = ()) -> list[Segment]:
        """Each learnt turn's words are what they add to the same turn when it is empty."""
        del tools  # such models take none
        parts: list[Segment] = []
        before = 0
        for index, message in enumerate(messages):
            if message.role != "assistant" or message.weight == 0:
                continue
            empty = self.count((*messages[:index], Message(role="assistant", content="")))
            whole = self.count(messages[: index + 1])
            parts += [Segment(max(0, empty - before), False), Segment(max(0, whole - empty), True)]
            before = max(empty, whole)
        total = self.count(messages)
        return [*parts, Segment(max(0, total - before), False)]


class RowTokens(NamedTuple):
    """Where one row's tokens go: input = trained + masked + truncated + dropped."""

    input: int
    trained: int
    masked: int
    truncated: int
    dropped: int
    answer_cut: int  # of the truncated, those that would have been learnt
    longest: int  # of the row's sequences; a preference row has two


def row_tokens(row: AnyRow, counter: TokenCounter, limit: int | None = None, *, cut: bool = True) -> RowTokens:
    """The tokens of ``row``; past ``limit`` a sequence is truncated where the provider cuts, else dropped whole."""
    parts = [fates(counter.segments(turns, row.tools), limit, cut=cut) for turns in sequences(row)]
    summed = RowTokens(*(sum(column) for column in zip(*parts, strict=True)))
    return summed._replace(longest=max(part.longest for part in parts))


def sequences(row: AnyRow) -> list[tuple[Message, ...]]:
    """What a trainer is given of ``row``: the chat, the prompt under each of two answers, or the prompt alone."""
    if isinstance(row, PreferenceRow):
        # Only the answers are learnt, whatever the assistant said earlier.
        prompt = tuple(_masked(message) for message in row.messages)
        return [(*prompt, *row.preferred), (*prompt, *row.rejected)]
    if isinstance(row, Row):
        return [weighted(row.messages)]
    return [tuple(_masked(message) for message in row.messages)]


def fates(segments: Sequence[Segment], limit: int | None, *, cut: bool) -> RowTokens:
    """Where the tokens of one sequence go."""
    total = sum(segment.tokens for segment in segments)
    learnt = sum(segment.tokens for segment in segments if segment.learnt)
    if limit is None or total <= limit:
        return RowTokens(total, learnt, total - learnt, 0, 0, 0, total)
    kept, position = 0, 0
    for segment in segments:
        within = min(segment.tokens, max(0, limit - position))
        kept += within if segment.learnt else 0
        position += segment.tokens
    if not cut:
        return RowTokens(total, 0, 0, 0, total, learnt - kept, total)
    return RowTokens(total, kept, limit - kept, total - limit, 0, learnt - kept, total)


def _masked(message: Message) -> Message:
    return message.model_copy(update={"weight": 0}) if message.role == "assistant" else message
