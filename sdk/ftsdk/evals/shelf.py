"""Values of many rows: a few in memory, many in a temporary file of which only the places are in memory."""

from __future__ import annotations

import tempfile
import weakref
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar, overload

from ftsdk.values import Value

V = TypeVar("V", bound=Value)
MOST_IN_MEMORY = 5000
_MISSING = (1 << 64) - 1


class Shelf(Sequence[V]):
    """Values by place, on disk, 8 bytes each in memory; what is put in a place again replaces what was there."""

    def __init__(self, kind: type[V], values: Iterable[V] = ()) -> None:
        self._kind = kind
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it goes with the shelf
        weakref.finalize(self, self._file.close)
        self._ends = 0
        self._writing = True
        self._places = array("Q")
        for value in values:
            self.append(value)

    def append(self, value: V) -> None:
        """In the next place."""
        self[len(self._places)] = value

    def __setitem__(self, place: int, value: V) -> None:
        while place >= len(self._places):
            self._places.append(_MISSING)
        line = value.model_dump_json().encode() + b"\n"
        if not self._writing:
            self._file.seek(self._ends)
            self._writing = True
        self._file.write(line)
        self._places[place] = self._ends
        self._ends += len(line)

    @overload
    def __getitem__(self, place: int) -> V: ...
    @overload
    def __getitem__(self, place: slice) -> list[V]: ...
    def __getitem__(self, place: int | slice) -> V | list[V]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        start = self._places[place]
        if start == _MISSING:
            raise KeyError(place)
        self._writing = False
        self._file.seek(start)
        return self._kind.model_validate_json(self._file.readline())

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[V]:
        return (self[place] for place in range(len(self)))


def shelved(kind: type[V], values: Iterable[V], count: int) -> Shelf[V] | list[V]:
    """``values``, of which there are ``count``, where so many belong."""
    return Shelf(kind, values) if count > MOST_IN_MEMORY else list(values)


def room_for(count: int, blank: V) -> Shelf[V] | list[V]:
    """Room for ``count`` values, to be put in any order; those in memory are ``blank`` until then."""
    return Shelf(type(blank)) if count > MOST_IN_MEMORY else [blank] * count
