"""Plan -> Run: rows with leases, phases, effects with intents, events; a run survives whatever drives it.

Names load when they are first used: the store's packages cost nothing until there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftsdk.lazy import lazily

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

__getattr__ = lazily(__name__, _HOMES)
