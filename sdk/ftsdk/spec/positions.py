"""Where every key and value of a document stands: the parser's events, turned into spans when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from ftsdk.spec.places import Path, Span

Entries = dict[str | int, tuple[yaml.Event | None, "Marks"]]


class Marks:
    """The events of one value: where it starts, where it ends, and by key what is in it, with the key's own event."""

    __slots__ = ("end", "entries", "start")

    def __init__(self, start: yaml.Event | None = None, entries: Entries | None = None) -> None:
        self.start = start
        self.end: yaml.Event | None = None
        self.entries = entries


def span_of(event: yaml.Event, end: yaml.Event | None = None) -> Span:
    """From the start of ``event`` to its end, or to that of ``end``."""
    first, last = event.start_mark, (end or event).end_mark
    assert first is not None and last is not None  # both parsers mark every event
    return Span(first.line + 1, first.column + 1, last.line + 1, last.column + 1)


class Positions(Mapping[Path, Span]):
    """The spans of a document's keys, or of its values, by path; looked up by walking down from the root."""

    def __init__(self, root: Marks, *, of_keys: bool) -> None:
        self._root = root
        self._of_keys = of_keys

    def __getitem__(self, path: Path) -> Span:
        event: yaml.Event | None = None
        marks = self._root
        for part in path:
            event, marks = (marks.entries or {})[part]
        found = self._span(event, marks)
        if found is None:
            raise KeyError(path)
        return found

    def __iter__(self) -> Iterator[Path]:
        """Every path, without recursion, in the order of the file."""
        waiting: list[tuple[Path, yaml.Event | None, Marks]] = [((), None, self._root)]
        while waiting:
            path, event, marks = waiting.pop()
            if self._span(event, marks) is not None:
                yield path
            for key, (key_event, value) in reversed((marks.entries or {}).items()):
                waiting.append(((*path, key), key_event, value))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _span(self, event: yaml.Event | None, marks: Marks) -> Span | None:
        if self._of_keys:
            return None if event is None else span_of(event)
        return None if marks.start is None else span_of(marks.start, marks.end)
