"""Half-filled questionnaires: kept in the database, so that a form survives a deploy, a closed window and a crash."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select, update

from ftbot.store.database import Store
from ftbot.store.tables import DRAFTS

RESUMED_SECONDS = 24 * 3600.0
KEPT_SECONDS = 90 * 24 * 3600.0


class Draft(NamedTuple):
    """One questionnaire: question ids by page, answers by question id, the page that is shown."""

    id: str
    person: str
    channel: str
    pages: tuple[tuple[str, ...], ...]
    answers: dict[str, Any]
    page: int
    state: str


class Drafts:
    """Questionnaires as rows."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, connection: Connection, id: str) -> Draft | None:
        """A draft by id."""
        row = connection.execute(select(DRAFTS).where(DRAFTS.c.id == id)).one_or_none()
        return _draft(row) if row else None

    def write(self, connection: Connection, draft: Draft) -> None:
        """Keep a draft as it is now."""
        values = {
            "pages": [list(page) for page in draft.pages],
            "answers": draft.answers,
            "page": draft.page,
            "state": draft.state,
            "updated_at": self._store.now,
        }
        if connection.execute(update(DRAFTS).where(DRAFTS.c.id == draft.id).values(**values)).rowcount == 0:
            fixed = {"id": draft.id, "person": draft.person, "channel": draft.channel}
            connection.execute(DRAFTS.insert().values(**fixed, **values, created_at=self._store.now))

    async def load(self, id: str) -> Draft | None:
        """A draft by id, in a transaction of its own."""
        return await self._store.run(self._load, id)

    def _load(self, id: str) -> Draft | None:
        with self._store.database.read() as connection:
            return self.read(connection, id)

    async def keep(self, draft: Draft) -> None:
        """Keep a draft, in a transaction of its own."""
        await self._store.run(self._keep, draft)

    def _keep(self, draft: Draft) -> None:
        with self._store.database.begin() as connection:
            self.write(connection, draft)

    async def unfinished(self, person: str) -> Draft | None:
        """Somebody's newest draft of the last day that has answers and no result yet."""
        return await self._store.run(self._unfinished, person)

    def _unfinished(self, person: str) -> Draft | None:
        since = self._store.now - RESUMED_SECONDS
        mine = (DRAFTS.c.person == person) & (DRAFTS.c.state == "open") & (DRAFTS.c.updated_at > since)
        query = select(DRAFTS).where(mine).order_by(DRAFTS.c.updated_at.desc()).limit(1)
        with self._store.database.read() as connection:
            row = connection.execute(query).one_or_none()
        return _draft(row) if row and row.answers else None

    async def forget(self) -> int:
        """Delete drafts that nobody touched for a season; returns how many."""
        return await self._store.run(self._forget)

    def _forget(self) -> int:
        with self._store.database.begin() as connection:
            old = DRAFTS.c.updated_at < self._store.now - KEPT_SECONDS
            return int(connection.execute(delete(DRAFTS).where(old)).rowcount)


def _draft(row: Any) -> Draft:
    pages = tuple(tuple(page) for page in row.pages)
    return Draft(row.id, row.person, row.channel, pages, row.answers, row.page, row.state)
