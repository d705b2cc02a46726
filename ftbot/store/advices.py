"""Advices that live on as rows: what was advised, whether its person wants news of it, and what came of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, delete, or_, select, update

from ftbot.store.database import Store
from ftbot.store.tables import ADVICES

DAY = 24 * 3600.0
ASKED_AFTER = 30 * DAY
LOOKED_EVERY = DAY
KEPT_SECONDS = 90 * DAY


class Kept(NamedTuple):
    """One advice: the Decision as a document, and where it stands; times are the database's."""

    draft: str
    person: str
    message: str
    record: str
    advised_at: float
    ask_at: float | None
    look_at: float | None
    told: list[str]
    did: str
    outcome: str


class Advices:
    """Advices as rows, one for each questionnaire."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, draft: str, person: str, message: str, record: str) -> Kept:
        """Keep an advice, or the newer one on changed answers; the question what came of it is asked once all the same.

        The same advice said twice is kept as it was.
        """
        return await self._store.run(self._keep, draft, person, message, record)

    def _keep(self, draft: str, person: str, message: str, record: str) -> Kept:
        now = self._store.now
        with self._store.database.begin() as connection:
            known = self.read(connection, draft)
            if known is None:
                fixed = {"draft": draft, "person": person, "message": message, "told": []}
                times = {"advised_at": now, "ask_at": now + ASKED_AFTER}
                connection.execute(ADVICES.insert().values(record=record, **fixed, **times))
            elif known.record != record and not known.outcome:
                self.change(connection, draft, record=record, advised_at=now, told=[])
            found = self.read(connection, draft)
        assert found is not None
        return found

    async def find(self, draft: str, person: str) -> Kept | None:
        """Somebody's own advice."""
        return await self._store.run(self._find, draft, person)

    def _find(self, draft: str, person: str) -> Kept | None:
        with self._store.database.read() as connection:
            found = self.read(connection, draft)
        return found if found is not None and found.person == person else None

    def read(self, connection: Connection, draft: str) -> Kept | None:
        """An advice by its draft."""
        row = connection.execute(select(ADVICES).where(ADVICES.c.draft == draft)).one_or_none()
        return Kept(*row) if row else None

    def change(self, connection: Connection, draft: str, **values: Any) -> None:
        """Change a row in the caller's transaction."""
        connection.execute(update(ADVICES).where(ADVICES.c.draft == draft).values(**values))

    async def follow(self, draft: str, *, wanted: bool) -> None:
        """Look at the tables again from now on, or no more."""
        await self._store.run(self._change_alone, draft, look_at=self._store.now + LOOKED_EVERY if wanted else None)

    async def chose(self, draft: str, did: str) -> None:
        """Note what was done."""
        await self._store.run(self._change_alone, draft, did=did)

    def _change_alone(self, draft: str, **values: Any) -> None:
        with self._store.database.begin() as connection:
            self.change(connection, draft, **values)

    async def judge(self, kept: Kept, outcome: str, record: str) -> bool:
        """Note what came of it; False when that was noted before: the first answer counts."""
        return await self._store.run(self._judge, kept, outcome, record)

    def _judge(self, kept: Kept, outcome: str, record: str) -> bool:
        still_open = and_(ADVICES.c.draft == kept.draft, ADVICES.c.outcome == "")
        with self._store.database.begin() as connection:
            values = {"outcome": outcome, "record": record, "ask_at": None}
            return bool(connection.execute(update(ADVICES).where(still_open).values(**values)).rowcount)

    async def due(self) -> list[Kept]:
        """Advices whose time has come, to be asked about or to be looked at again."""
        return await self._store.run(self._due)

    def _due(self) -> list[Kept]:
        come = or_(ADVICES.c.ask_at <= self._store.now, ADVICES.c.look_at <= self._store.now)
        with self._store.database.read() as connection:
            return [Kept(*row) for row in connection.execute(select(ADVICES).where(come).limit(50))]

    def claim(self, connection: Connection, kept: Kept, column: str, **values: Any) -> bool:
        """Move a due time on in the caller's transaction; False when another replica did."""
        time = ADVICES.c[column]
        mine = and_(ADVICES.c.draft == kept.draft, time == getattr(kept, column), time <= self._store.now)
        return bool(connection.execute(update(ADVICES).where(mine).values(**values)).rowcount)

    async def forget(self) -> int:
        """Delete what nobody follows and was advised a season ago; returns how many."""
        return await self._store.run(self._forget)

    def _forget(self) -> int:
        old = and_(ADVICES.c.look_at.is_(None), ADVICES.c.advised_at < self._store.now - KEPT_SECONDS)
        with self._store.database.begin() as connection:
            return int(connection.execute(delete(ADVICES).where(old)).rowcount)
