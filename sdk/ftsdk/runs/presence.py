"""Periodic duties and who is there to do them: slots claimed as rows, workers known by their heartbeat."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.exc import IntegrityError

from ftsdk.errors import FtsdkError, StateLocked
from ftsdk.runs.database import Database
from ftsdk.runs.lease import this_host, this_process
from ftsdk.runs.tables import SLOTS, WORKERS
from ftsdk.values import Value

BEAT_SECONDS = 30.0
SEEN_SECONDS = 3 * BEAT_SECONDS


class Worker(Value):
    """A process that drives runs; ``seen_at`` is when it last said that it lives, by the database's clock."""

    id: str
    host: str
    kind: str
    started_at: float
    seen_at: float


def claim_slot(database: Database, name: str, slot: str) -> bool:
    """Whether this process, and no other, is to do duty ``name`` for ``slot`` (a day, an hour); at most once, ever."""
    try:
        with database.begin() as connection:
            connection.execute(SLOTS.insert().values(name=name, slot=slot, owner=this_process(), at=database.now))
    except IntegrityError:
        return False
    return True


def beat(database: Database, kind: str) -> None:
    """Say that this process lives and drives runs.

    Raises StateLocked when the store is an SQLite file that a process on another host uses: file locks do not hold
    across hosts.
    """
    with database.begin() as connection:
        if database.dialect == "sqlite":
            _refuse_other_host(database, _living(database, connection))
        seen = update(WORKERS).where(WORKERS.c.id == this_process()).values(seen_at=database.now)
        if connection.execute(seen).rowcount == 0:
            connection.execute(
                WORKERS.insert().values(
                    id=this_process(), host=this_host(), kind=kind, started_at=database.now, seen_at=database.now
                )
            )


def leave(database: Database) -> None:
    """Say that this process drives runs no longer; workers that vanished without a word are forgotten too."""
    with database.begin() as connection:
        connection.execute(
            delete(WORKERS).where(
                (WORKERS.c.id == this_process()) | (WORKERS.c.seen_at < database.now - 10 * SEEN_SECONDS)
            )
        )


@contextmanager
def present(database: Database, kind: str) -> Iterator[None]:
    """Be known as one that drives runs, for as long as the block lasts; raises what `beat` raises at its start."""
    ended = threading.Event()

    def go_on() -> None:
        while not ended.wait(BEAT_SECONDS):
            with suppress(FtsdkError):  # a beat that is missed is made up for by the next
                beat(database, kind)

    beat(database, kind)
    thread = threading.Thread(target=go_on, name="presence", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with suppress(FtsdkError):  # whoever cannot say goodbye is forgotten after a while
            leave(database)


def living(database: Database) -> tuple[Worker, ...]:
    """Workers whose heartbeat is fresh."""
    with database.read() as connection:
        return _living(database, connection)


def _living(database: Database, connection: Connection) -> tuple[Worker, ...]:
    fresh = WORKERS.c.seen_at.between(database.now - SEEN_SECONDS, database.now + SEEN_SECONDS)  # a clock may go back
    query = select(WORKERS).where(fresh).order_by(WORKERS.c.started_at)
    return tuple(Worker(**row._asdict()) for row in connection.execute(query))


def _refuse_other_host(database: Database, workers: tuple[Worker, ...]) -> None:
    for worker in workers:
        if worker.host != this_host():
            raise StateLocked(
                f"the store {database.shown} is in use by {worker.kind} on host {worker.host.split('/')[0]}; "
                "SQLite serves one host. Nothing was started",
                help="stop that process, or move the store to PostgreSQL (spec.store.url in ftsdk.yaml)",
                owner="configuration",
            )
