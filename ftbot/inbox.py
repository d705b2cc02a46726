"""The inbox: what Slack sent, written down before it is acknowledged; each is done at least once, none is dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from ftbot.store.database import Store, is_free
from ftbot.store.tables import INBOX

LEASE_SECONDS = 60.0
KEPT_SECONDS = 24 * 3600.0
ATTEMPTS = 5
BACKOFF = (1.0, 5.0, 30.0, 120.0)

Payload = dict[str, Any]
Answer = dict[str, Any]
# Decides the acknowledgement inside the transaction that writes the request down.
Act = Callable[[Connection], Answer | None]


class Arrival(NamedTuple):
    """A request as it came: ``key`` is the same for every delivery of it."""

    key: str
    kind: str
    person: str
    payload: Payload


class Entry(NamedTuple):
    """A request that is written down and leased to this process."""

    number: int
    arrival: Arrival
    attempts: int


class Accepted(NamedTuple):
    """What came of writing a request down; ``entry`` is None when it had come before."""

    answer: Answer | None
    entry: Entry | None


class Inbox:
    """Requests as rows."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # Built once: it is executed before every acknowledgement.
        self._new = INBOX.insert().values(
            key=bindparam("key"),
            kind=bindparam("kind"),
            person=bindparam("person"),
            payload=bindparam("payload"),
            state="new",
            received_at=store.now,
            due_at=store.now,
            owner=store.owner,
            lease_until=store.now + LEASE_SECONDS,
        )

    async def accept(self, arrival: Arrival, act: Act | None = None) -> Accepted:
        """Write a request down, leased to this process; one that came before gets the answer it got then."""
        return await self._store.run(self._accept, arrival, act)

    def _accept(self, arrival: Arrival, act: Act | None) -> Accepted:
        try:
            with self._store.database.begin() as connection:
                number = self._insert(connection, arrival)
                answer = act(connection) if act else None
                if answer is not None:
                    connection.execute(update(INBOX).where(INBOX.c.number == number).values(answer=answer))
        except IntegrityError:
            return Accepted(self._known_answer(arrival.key), None)
        return Accepted(answer, Entry(number, arrival, 0))

    def _insert(self, connection: Connection, arrival: Arrival) -> int:
        made = connection.execute(self._new, arrival._asdict()).inserted_primary_key
        assert made is not None
        return int(made[0])

    def _known_answer(self, key: str) -> Answer | None:
        with self._store.database.read() as connection:
            known: Answer | None = connection.execute(select(INBOX.c.answer).where(INBOX.c.key == key)).scalar()
            return known

    # -- working it off -------------------------------------------------------------------------------------------

    async def claim(self, most: int = 20) -> list[Entry]:
        """Take open requests that nobody works on, oldest first: those of processes that died among them."""
        return await self._store.run(self._claim, most)

    def _claim(self, most: int) -> list[Entry]:
        with self._store.database.begin() as connection:
            now = connection.execute(select(self._store.now)).scalar_one()
            due = select(INBOX).where(INBOX.c.state == "new", INBOX.c.due_at <= now).order_by(INBOX.c.number)
            free = [row for row in connection.execute(due.limit(10 * most)) if is_free(row, now)][:most]
            return [entry for row in free if (entry := self._lease(connection, row, now)) is not None]

    def _lease(self, connection: Connection, row: Any, now: float) -> Entry | None:
        mine = and_(INBOX.c.number == row.number, INBOX.c.lease_until == row.lease_until, INBOX.c.state == "new")
        taken = update(INBOX).where(mine).values(owner=self._store.owner, lease_until=now + LEASE_SECONDS)
        if connection.execute(taken).rowcount != 1:
            return None
        return Entry(row.number, Arrival(row.key, row.kind, row.person, row.payload), row.attempts)

    async def done(self, entry: Entry, write: Callable[[Connection], None] | None = None) -> None:
        """Close a request; ``write`` puts what it led to into the same transaction."""
        await self._store.run(self._done, entry, write)

    def _done(self, entry: Entry, write: Callable[[Connection], None] | None) -> None:
        with self._store.database.begin() as connection:
            if write is not None:
                write(connection)
            closed = update(INBOX).where(INBOX.c.number == entry.number, INBOX.c.owner == self._store.owner)
            connection.execute(closed.values(state="done", owner=None, lease_until=0.0))

    async def failed(self, entry: Entry, error: str) -> bool:
        """Put a request back for later; True when it was tried often enough and is given up."""
        return await self._store.run(self._failed, entry, error)

    def _failed(self, entry: Entry, error: str) -> bool:
        attempts = entry.attempts + 1
        given_up = attempts >= ATTEMPTS
        wait = 0.0 if given_up else BACKOFF[attempts - 1]
        with self._store.database.begin() as connection:
            connection.execute(
                update(INBOX)
                .where(INBOX.c.number == entry.number)
                .values(
                    state="dead" if given_up else "new",
                    attempts=attempts,
                    due_at=self._store.now + wait,
                    owner=None,
                    lease_until=0.0,
                    error=error[:2000],
                )
            )
        return given_up

    async def release(self) -> None:
        """Give back what this process holds, so that another goes on with it at once."""
        await self._store.run(self._release)

    def _release(self) -> None:
        with self._store.database.begin() as connection:
            mine = and_(INBOX.c.owner == self._store.owner, INBOX.c.state == "new")
            connection.execute(update(INBOX).where(mine).values(owner=None, lease_until=0.0))

    # -- counting and forgetting ----------------------------------------------------------------------------------

    async def recent(self, entry: Entry, seconds: float) -> int:
        """How many requests the person of this one sent in the last seconds, up to it: later ones do not count."""
        return await self._store.run(self._recent, entry, seconds)

    def _recent(self, entry: Entry, seconds: float) -> int:
        theirs = and_(INBOX.c.person == entry.arrival.person, INBOX.c.number <= entry.number)
        query = select(func.count()).where(theirs, INBOX.c.received_at > self._store.now - seconds)
        with self._store.database.read() as connection:
            return int(connection.execute(query).scalar_one())

    async def open(self) -> int:
        """How many requests are not done."""
        return await self._store.run(self._open)

    def _open(self) -> int:
        with self._store.database.read() as connection:
            return int(connection.execute(select(func.count()).where(INBOX.c.state == "new")).scalar_one())

    async def text_of(self, number: str, person: str) -> str:
        """What somebody wrote in an earlier request of theirs; empty when it is not theirs or no longer kept."""
        return await self._store.run(self._text_of, number, person)

    def _text_of(self, number: str, person: str) -> str:
        if not number.isdecimal() or len(number) > 18:
            return ""
        mine = and_(INBOX.c.number == int(number), INBOX.c.person == person)
        with self._store.database.read() as connection:
            payload: Payload = connection.execute(select(INBOX.c.payload).where(mine)).scalar() or {}
        return str(payload.get("text", ""))

    async def forget(self) -> int:
        """Delete what was closed more than a day ago; returns how many rows."""
        return await self._store.run(self._forget)

    def _forget(self) -> int:
        old = and_(
            or_(INBOX.c.state == "done", INBOX.c.state == "dead"),
            INBOX.c.received_at < self._store.now - KEPT_SECONDS,
        )
        with self._store.database.begin() as connection:
            return int(connection.execute(delete(INBOX).where(old)).rowcount)
