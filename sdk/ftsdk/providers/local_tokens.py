"""Tokens of a chat as the embedded engine reads and learns them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol

from ftsdk.data.tokens import Segment
from ftsdk.data.value import Message

if TYPE_CHECKING:
    from ftsdk.trainers.smol.tokenizer import Encoded


class Tokens(Protocol):
    """A tokenizer of an engine."""

    def encode(self, text: str) -> list[int]:
        """Ids of ordinary text."""

    def encode_chat(self, messages: Any) -> Encoded:
        """Ids of a conversation, and which are learnt."""


@dataclass(frozen=True)
class ChatCounter:
    """Counts a chat when called; its segments are the trainer's own labels, an answer's last token among them."""

    tokenizer: Tokens
    name: str = "the model's own tokenizer and template"
    error: float = 0.0

    def __call__(self, messages: Sequence[Message]) -> int:
        """Tokens of the whole chat."""
        return len(self._encoded(messages).tokens)

    def encode(self, text: str) -> list[int]:
        """The model's ids of ordinary text."""
        return self.tokenizer.encode(text)

    def segments(self, messages: Sequence[Message], tools: Sequence[dict[str, Any]] = ()) -> list[Segment]:
        """Runs of tokens that are learnt and that are not."""
        del tools  # the engine takes none
        runs = groupby(self._encoded(messages).labelled)
        return [Segment(sum(1 for _ in run), learnt) for learnt, run in runs]

    def _encoded(self, messages: Sequence[Message]) -> Encoded:
        return self.tokenizer.encode_chat([message.model_dump() for message in messages])
