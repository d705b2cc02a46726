"""Training rows that are most like a question, by the rare words they share (BM25, Robertson and Zaragoza 2009)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from heapq import nsmallest
from math import log

from ftsdk.data.value import Message, Row

_K1, _B = 1.2, 0.75


class NearestRows:
    """An index over training rows; the same question always finds the same rows."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = _different(rows)
        self._lengths: list[int] = []
        self._postings: dict[str, list[tuple[int, int]]] = {}
        for place, row in enumerate(self._rows):
            counts = Counter(_words(row.prompt))
            self._lengths.append(sum(counts.values()))
            for word, count in counts.items():
                self._postings.setdefault(word, []).append((place, count))
        self._mean = sum(self._lengths) / max(1, len(self._lengths)) or 1.0

    def __len__(self) -> int:
        return len(self._rows)

    def best(self, prompt: Sequence[Message], count: int) -> list[Row]:
        """The ``count`` nearest rows, the nearest last, where models read most closely."""
        scores = dict.fromkeys(range(len(self._rows)), 0.0)
        for word in set(_words(prompt)):
            found = self._postings.get(word, ())
            weight = log(1 + (len(self._rows) - len(found) + 0.5) / (len(found) + 0.5))
            for place, times in found:
                stretch = _K1 * (1 - _B + _B * self._lengths[place] / self._mean)
                scores[place] += weight * times * (_K1 + 1) / (times + stretch)
        nearest = nsmallest(count, scores, key=lambda place: (-scores[place], place))
        return [self._rows[place] for place in reversed(nearest)]


def _different(rows: Sequence[Row]) -> list[Row]:
    """Rows with different prompts, the first of each."""
    return list({tuple(message.content for message in _turns(row.prompt)): row for row in reversed(rows)}.values())[
        ::-1
    ]


def _words(prompt: Sequence[Message]) -> list[str]:
    return [word for message in _turns(prompt) for word in re.findall(r"\w+", message.content.lower())]


def _turns(prompt: Sequence[Message]) -> list[Message]:
    return [message for message in prompt if message.role != "system"]
