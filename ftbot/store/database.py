"""The bot's database: the library's, with the bot's own schema; calls run in threads, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import ftsdk

SCHEMA = ftsdk.runs.Schema("ftbot.store:migrations", "0003", "ftbot_version")
THREADS = {"sqlite": 1, "postgresql": 8}  # SQLite has one writer; more threads would only wait for its lock

_instances = count(1)
Asked = ParamSpec("Asked")
Got = TypeVar("Got")


class Store:
    """The database and the threads that talk to it; ``owner`` names this instance in leases."""

    def __init__(self, url: str, root: Path) -> None:
        self.database = ftsdk.runs.Database(url, root, SCHEMA)
        self.owner = f"{ftsdk.runs.this_process()}/bot{next(_instances)}"
        self._threads = ThreadPoolExecutor(THREADS[self.database.dialect], thread_name_prefix="ftbot-store")

    @property
    def now(self) -> Any:
        """The database's own time as an expression."""
        return self.database.now

    async def run(self, function: Callable[Asked, Got], *args: Asked.args, **options: Asked.kwargs) -> Got:
        """Call a function that uses the database, in one of its threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: function(*args, **options))

    def close(self) -> None:
        """Finish what runs and let go of the database."""
        self._threads.shutdown()
        self.database.close()


def is_free(row: Any, now: float) -> bool:
    """Whether nobody works on a row: never leased, the lease is over, or its process is known to be dead."""
    return row.owner is None or row.lease_until < now or bool(ftsdk.runs.owner_is_dead(row.owner))
