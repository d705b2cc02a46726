"""Rooms whose names load when they are first used: a command needs part of a room, and each module takes its time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(room: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """What a room calls its ``__getattr__``; ``homes`` is each public name's module, as seen from the room.

    No name may be that of a module beside it: importing that module would put the module in the name's place.
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        value = getattr(import_module(f"{room}.{homes[name]}"), name)
        setattr(sys.modules[room], name, value)
        return value

    return find
