"""A simple retrieval arm: the passages that share most rare words with a question, put before it (BM25)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import log

from ftsdk.data.value import Message, Row

PASSAGES = 3
LONGEST_PASSAGE = 1200
# Robertson and Zaragoza 2009.
_K1, _B = 1.2, 0.75


class Passages:
    """Documents cut into passages, searched by words."""

    def __init__(self, documents: Sequence[str]) -> None:
        self.texts = [passage for document in documents for passage in _cut(document)]
        self._counts = [Counter(_words(text)) for text in self.texts]
        self._mean = sum(map(len, self.texts)) / max(1, len(self.texts))
        self._among = Counter(word for counts in self._counts for word in counts)

    def best(self, question: str, count: int = PASSAGES) -> list[str]:
        """The passages that fit a question best; none that shares no word with it."""
        words = set(_words(question))
        scored = [(self._score(words, place), place) for place in range(len(self.texts))]
        ranked = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: (-pair[0], pair[1]))
        return [self.texts[place] for _, place in ranked[:count]]

    def _score(self, words: set[str], place: int) -> float:
        counts, total = self._counts[place], len(self.texts)
        stretch = _K1 * (1 - _B + _B * len(self.texts[place]) / self._mean)
        return sum(
            log(1 + (total - self._among[word] + 0.5) / (self._among[word] + 0.5))
            * counts[word] * (_K1 + 1) / (counts[word] + stretch)
            for word in words & counts.keys()
        )  # fmt: skip


def with_passages(row: Row, passages: Passages) -> Row:
    """The row with passages before its last user message; its id and right answer stay."""
    messages = list(row.messages)
    place = max((i for i, message in enumerate(messages[:-1]) if message.role == "user"), default=None)
    if place is None:
        return row
    question = messages[place].content
    found = passages.best(question or "")
    if found:
        messages[place] = Message(role="user", content="\n\n".join(["Passages:", *found, "Question:", question or ""]))
    return row.model_copy(update={"messages": tuple(messages)})


def _cut(document: str) -> list[str]:
    parts = [part.strip() for part in re.split(r"\n\s*\n", document)]
    return [part[start : start + LONGEST_PASSAGE] for part in parts for start in range(0, len(part), LONGEST_PASSAGE)]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
