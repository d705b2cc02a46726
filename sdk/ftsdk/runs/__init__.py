"""Plan -> Run: rows with leases, phases, effects with intents, events; a run survives whatever drives it.

Names load when they are first used: the store's packages cost nothing until there is one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ftsdk.runs.database import Database, Schema
    from ftsdk.runs.lease import LEASE_SECONDS, owner_is_dead, this_process

_HOMES = {
    "LEASE_SECONDS": "lease",
    "Database": "database",
    "Schema": "database",
    "owner_is_dead": "lease",
    "this_process": "lease",
}

__all__ = ["LEASE_SECONDS", "Database", "Schema", "owner_is_dead", "this_process"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
