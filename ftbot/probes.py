"""Probes that were agreed to: rows with a lease, run one after the other, so that a restart goes on with them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

import ftsdk
from ftbot.store.database import Store
from ftbot.store.tables import NOTES

PREFIX = "probe:"
NEW = ""


class Job(NamedTuple):
    """One probe: of which spec, for which draft, asked by whom."""

    draft: str
    spec: str
    actor: str

    @property
    def name(self) -> str:
        """Its name among the notes; the same for the same draft and spec, so that two clicks make one."""
        return f"{PREFIX}{hashlib.sha256(f'{self.draft}:{self.spec}'.encode()).hexdigest()[:32]}"


class Probes:
    """Probes as rows; ``carry_out`` does one and leaves its result as a message."""

    def __init__(self, store: Store, carry_out: Callable[[Job], Coroutine[Any, Any, None]]) -> None:
        self._store = store
        self._carry_out = carry_out

    async def add(self, job: Job) -> None:
        """Have a probe run; one that waits or runs already is left as it is."""
        await self._store.run(self._add, job)

    def _add(self, job: Job) -> None:
        value = {"draft": job.draft, "spec": job.spec, "actor": job.actor, "owner": NEW}
        with suppress(IntegrityError), self._store.database.begin() as connection:
            connection.execute(NOTES.insert().values(name=job.name, value=value))

    async def work(self) -> None:
        """Carry out what waits, and what a process that is dead had begun."""
        while (job := await self._store.run(self._claim)) is not None:
            await self._carry_out(job)
            await self._store.run(self._done, job)

    def _claim(self) -> Job | None:
        with self._store.database.begin() as connection:
            waiting = select(NOTES).where(NOTES.c.name.startswith(PREFIX)).with_for_update()  # one replica at a time
            rows = connection.execute(waiting).all()
            for row in rows:
                value = dict(row.value)
                if value["owner"] == NEW or ftsdk.runs.owner_is_dead(value["owner"]):
                    mine = {**value, "owner": self._store.owner}
                    connection.execute(update(NOTES).where(NOTES.c.name == row.name).values(value=mine))
                    return Job(value["draft"], value["spec"], value["actor"])
        return None

    def _done(self, job: Job) -> None:
        with self._store.database.begin() as connection:
            connection.execute(delete(NOTES).where(NOTES.c.name == job.name))
