"""A composed text as a value: what it says, and where each part of it is written, in it or in defaults under it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ftsdk.diagnostics import Place
from ftsdk.spec.places import Path, Span


class Under(NamedTuple):
    """A document that speaks where another is silent: its ``source`` is what the other has at ``target``."""

    document: Document
    source: Path
    target: Path


class Document(NamedTuple):
    """A composed text: mappings as dicts, sequences as tuples; ``broken`` are paths whose value was refused.

    What was merged into ``value`` from other documents has its places in those, ``under`` this one.
    """

    file: str
    value: Any
    keys: Mapping[Path, Span]
    values: Mapping[Path, Span]
    broken: frozenset[Path]
    under: tuple[Under, ...] = ()

    def place(self, path: Path) -> Place:
        """Where the value at ``path`` stands; of what is missing, the nearest parent's key."""
        written, document, there = self._written(path)
        span = document.span(there) if written == path else document.key_span(there)
        return span.place(document.file)

    def written(self, path: Path) -> Place | None:
        """`place`, or None when ``path`` itself is nowhere written."""
        return self.place(path) if self._written(path)[0] == path else None

    def key_place(self, path: Path) -> Place:
        """Where the key at ``path`` stands; of what is missing, the nearest parent's key."""
        _, document, there = self._written(path)
        return document.key_span(there).place(document.file)

    def _written(self, path: Path) -> tuple[Path, Document, Path]:
        """The longest part of ``path`` that is written somewhere, in which document, and what it is called there."""
        for length in range(len(path), -1, -1):
            part = path[:length]
            if part in self.keys or part in self.values:
                return part, self, part
            for below in self.under:
                if part[: len(below.target)] == below.target:
                    written, document, there = below.document._written(below.source + part[len(below.target) :])
                    if written == below.source + part[len(below.target) :]:
                        return part, document, there
        return (), self, ()

    def span(self, path: Path) -> Span:
        """Where the value at ``path`` stands; of an empty or missing one its key, or the nearest parent."""
        value = self.values.get(path)
        if value is not None and not (value.empty and path in self.keys):
            return value
        return self.key_span(path)

    def key_span(self, path: Path) -> Span:
        """Where the key at ``path`` stands; of a list item the item; of what is missing, the nearest parent's key."""
        for length in range(len(path), -1, -1):
            part = path[:length]
            span = self.keys.get(part) or self.values.get(part)
            if span is not None:
                return span
        return Span(1, 1, 1, 1)

    def get(self, *path: str | int) -> Any:
        """The value at ``path``, or None when it is not there."""
        value = self.value
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value
