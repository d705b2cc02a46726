"""The audit: who did what, appended in the transaction that did it, each entry chained to the one before by hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, select, text, true

from ftsdk.runs.database import Database
from ftsdk.runs.tables import AUDIT
from ftsdk.values import Value

GENESIS = "0" * 64
APPEND_LOCK = 4_675_444
PAGE = 1_000


class AuditEntry(Value):
    """One thing that was done; ``hash`` is over everything else here, ``prev`` the hash of the entry before."""

    seq: int
    at: float
    actor: str
    action: str
    subject: str
    body: dict[str, Any]
    prev: str
    hash: str


class AuditVerdict(Value):
    """Whether the chain is whole: ``broken_at`` is the first entry that does not fit, ``head`` the newest hash.

    ``anchored`` says whether a hash noted outside is in the chain; None when none was given. A chain alone cannot
    show that its newest entries were cut off: that is what the anchor is for.
    """

    entries: int
    head: str
    broken_at: int | None
    anchored: bool | None

    @property
    def whole(self) -> bool:
        """Nothing was changed, and the anchor, where one was given, is still there."""
        return self.broken_at is None and self.anchored is not False


def append(
    connection: Connection, database: Database, actor: str, action: str, subject: str, body: Mapping[str, Any]
) -> None:
    """Add an entry inside the transaction of what it tells of."""
    if database.dialect == "postgresql":  # SQLite has one writer anyway
        connection.execute(text(f"SELECT pg_advisory_xact_lock({APPEND_LOCK})"))
    newest = select(AUDIT.c.seq, AUDIT.c.hash).order_by(AUDIT.c.seq.desc()).limit(1).subquery()
    clock = select(database.now.label("at")).subquery()
    at, last, before = connection.execute(select(clock.c.at, newest).outerjoin_from(clock, newest, true())).one()
    seq, prev = (last + 1, before) if last else (1, GENESIS)
    written = _canonical(body)
    digest = _hash(seq, at, actor, action, subject, written, prev)
    connection.execute(
        AUDIT.insert().values(
            seq=seq, at=at, actor=actor, action=action, subject=subject, body=written, prev=prev, hash=digest
        )
    )


def entries(database: Database) -> Iterator[AuditEntry]:
    """Every entry, oldest first, read a page at a time."""
    last = 0
    while page := _page(database, last):
        yield from map(_entry, page)
        last = page[-1].seq


def verify(database: Database, anchor: str | None = None) -> AuditVerdict:
    """Walk the whole chain; ``anchor`` is a head hash that somebody noted earlier."""
    prev, count, last, anchored = GENESIS, 0, 0, None if anchor is None else False
    while page := _page(database, last):
        for row in page:
            made = _hash(row.seq, row.at, row.actor, row.action, row.subject, row.body, row.prev)
            fits = row.seq == last + 1 and row.prev == prev and row.hash == made
            if not fits:
                return AuditVerdict(entries=count, head=prev, broken_at=last + 1, anchored=anchored)
            prev, count, last = row.hash, count + 1, row.seq
            anchored = anchored or (None if anchor is None else anchor == prev)
    return AuditVerdict(entries=count, head=prev, broken_at=None, anchored=anchored)


def _page(database: Database, after: int) -> list[Row[Any]]:
    with database.read() as connection:
        query = select(AUDIT).where(AUDIT.c.seq > after).order_by(AUDIT.c.seq).limit(PAGE)
        return list(connection.execute(query).all())


def _hash(seq: int, at: float, actor: str, action: str, subject: str, body: str, prev: str) -> str:
    return hashlib.sha256(_canonical([seq, at, actor, action, subject, body, prev]).encode()).hexdigest()


def _canonical(what: Any) -> str:
    return json.dumps(what, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(**(row._asdict() | {"body": json.loads(row.body)}))
