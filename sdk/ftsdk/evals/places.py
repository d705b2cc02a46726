"""Where things are, by their names: a hash table of two numbers a name, whatever the names' length."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator


class Places:
    """Places by name, 32 to 64 bytes each. A name may have several; another's may come up once in 10^19."""

    def __init__(self) -> None:
        self._slots = _empty(1 << 10)
        self._count = 0

    def add(self, name: str, place: int) -> None:
        """One place more of a name."""
        if 2 * (self._count + 1) > len(self._slots) // 2:
            self._grow()
        _put(self._slots, _mark(name), place + 1)
        self._count += 1

    def of(self, name: str) -> Iterator[int]:
        """The places of a name."""
        slots, mark = self._slots, _mark(name)
        slot = mark % (len(slots) // 2)
        while held := slots[2 * slot + 1]:
            if slots[2 * slot] == mark:
                yield held - 1
            slot = (slot + 1) % (len(slots) // 2)

    def __len__(self) -> int:
        return self._count

    def _grow(self) -> None:
        old, self._slots = self._slots, _empty(len(self._slots))
        for slot in range(0, len(old), 2):
            if old[slot + 1]:
                _put(self._slots, old[slot], old[slot + 1])


def _empty(slots: int) -> array[int]:
    return array("Q", bytes(16 * slots))


def _mark(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _put(slots: array[int], mark: int, held: int) -> None:
    slot = mark % (len(slots) // 2)
    while slots[2 * slot + 1]:
        slot = (slot + 1) % (len(slots) // 2)
    slots[2 * slot], slots[2 * slot + 1] = mark, held
