"""What one chunk of lines adds to what is known of a file, and what is looked at."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ftsdk.data.found import Finding
from ftsdk.data.tokens import TokenCounter
from ftsdk.data.value import Method


class Settings(NamedTuple):
    """What a check looks at. ``share`` of the rows have their tokens counted (1: all)."""

    method: Method
    counter: TokenCounter | None = None
    limit: int | None = None
    cut: bool = True
    near: bool = True
    private: bool = True
    share: float = 1.0
    names: str | None = None  # the spaCy model that tells names of persons


@dataclass
class ChunkFacts:
    """What one chunk adds; the sequences of ``lines`` to ``answers`` have one entry a row that holds."""

    findings: list[Finding] = field(default_factory=list)
    refused: int = 0
    blank: int = 0
    bytes: int = 0
    lines: array[int] = field(default_factory=lambda: array("I"))
    offsets: array[int] = field(default_factory=lambda: array("Q"))
    prompts: array[int] = field(default_factory=lambda: array("Q"))
    answers: array[int] = field(default_factory=lambda: array("Q"))
    ids: array[int] = field(default_factory=lambda: array("Q"))
    id_lines: array[int] = field(default_factory=lambda: array("I"))
    groups: array[int] = field(default_factory=lambda: array("Q"))
    counted: int = 0
    counted_bytes: int = 0
    tokens: list[int] = field(default_factory=lambda: [0] * 6)  # as the fields of RowTokens
    lengths: array[int] = field(default_factory=lambda: array("I"))
    length_lines: array[int] = field(default_factory=lambda: array("I"))
    spaced: list[int] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)
    systems: Counter[int] = field(default_factory=Counter)
    bands: NDArray[np.uint32] | None = None

    def row(self, line: int, offset: int, prompt: int, answer: int) -> None:
        """A row that holds: where it is, and the hashes of what is asked and of what is answered."""
        self.lines.append(line)
        self.offsets.append(offset)
        self.prompts.append(prompt)
        self.answers.append(answer)

    def sort(self) -> None:
        """Put rows in the order of lines."""
        if not len(self.lines):
            return
        order = _order(self.lines)
        if order is not None:
            for column in (self.lines, self.offsets, self.prompts, self.answers):
                _reorder(column, order)
            self.bands = None if self.bands is None else self.bands[order]
        if (order := _order(self.id_lines)) is not None:
            _reorder(self.ids, order)
            _reorder(self.id_lines, order)


def _order(lines: array[int]) -> NDArray[np.intp] | None:
    """The places of ``lines`` from low to high; None when they are so already."""
    numbers = np.array(lines)
    return None if (numbers[1:] > numbers[:-1]).all() else np.argsort(numbers, kind="stable")


def _reorder(column: array[int], order: NDArray[np.intp]) -> None:
    ordered = np.array(column)[order].tobytes()
    del column[:]
    column.frombytes(ordered)
