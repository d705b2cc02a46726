"""Merged specs as rows: what came with a merge is planned and applied once, and its pull request hears of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, update

import ftsdk
from ftbot.store.database import Store
from ftbot.store.tables import NOTES

PREFIX = "merged:"
FOLLOWED = "merged_commit"
LEASE_SECONDS = 300.0
OPEN = ("new", "waiting", "started")


class Merge(NamedTuple):
    """A spec that was merged: with which commit and pull request, by whom, and what became of it.

    ``state`` is new, waiting (for people, money or another run), started, ended, or refused; ``said`` is the digest of
    what the pull request was told last.
    """

    spec: str
    commit: str
    pull: int | None
    author: str
    state: str = "new"
    run: str = ""
    said: str = ""

    @property
    def name(self) -> str:
        """Its name among the notes; one a spec, so that a newer merge takes the place of an older one."""
        return f"{PREFIX}{hashlib.sha256(self.spec.encode()).hexdigest()[:32]}"


class Merges:
    """The rows; any number of replicas may look at them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def followed(self) -> str | None:
        """The commit up to which merges are written down; None before the first look."""
        return await self._store.run(self._followed)

    async def found(self, merges: Mapping[str, Merge], commit: str) -> None:
        """Write down what was merged up to ``commit``, by path of the spec; said twice, written once."""
        await self._store.run(self._found, merges, commit)

    async def claim(self) -> Merge | None:
        """Take one that is open, was not looked at in this round, and that nobody else works on."""
        return await self._store.run(self._claim)

    async def done(self, merge: Merge) -> None:
        """Keep what became of it; a merge that came meanwhile stays as it came."""
        await self._store.run(self._done, merge)

    def source(self, connection: Connection, run: str) -> str:
        """With which pull request and commit a run came; empty for one that was started otherwise."""
        for row in connection.execute(_rows()):
            if row.value["run"] == run:
                merge = _merge(row.value)
                pull = f"PR {merge.pull} " if merge.pull is not None else ""
                return f"{pull}@ {merge.commit[:7]}"
        return ""

    async def begin_round(self) -> None:
        """Have every open one looked at again."""
        await self._store.run(self._begin_round)

    def _followed(self) -> str | None:
        with self._store.database.read() as connection:
            found = connection.execute(select(NOTES.c.value).where(NOTES.c.name == FOLLOWED)).scalar()
            return str(found) if found is not None else None

    def _found(self, merges: Mapping[str, Merge], commit: str) -> None:
        with self._store.database.begin() as connection:
            for merge in merges.values():
                known = _value(connection, merge.name)
                if known is None or known["commit"] != merge.commit:
                    _put(connection, merge.name, merge._asdict() | {"owner": "", "until": 0.0, "looked": False})
            _put(connection, FOLLOWED, commit)

    def _claim(self) -> Merge | None:
        with self._store.database.begin() as connection:
            now = connection.execute(select(self._store.now)).scalar_one()
            for row in connection.execute(_rows().with_for_update()).all():
                value = dict(row.value)
                if value["state"] in OPEN and not value["looked"] and self._free(value, now):
                    mine = value | {"owner": self._store.owner, "until": now + LEASE_SECONDS}
                    connection.execute(update(NOTES).where(NOTES.c.name == row.name).values(value=mine))
                    return _merge(value)
        return None

    def _free(self, value: dict[str, Any], now: float) -> bool:
        return not value["owner"] or value["until"] < now or bool(ftsdk.runs.owner_is_dead(value["owner"]))

    def _done(self, merge: Merge) -> None:
        with self._store.database.begin() as connection:
            known = _value(connection, merge.name)
            if known is not None and known["commit"] == merge.commit:
                _put(connection, merge.name, merge._asdict() | {"owner": "", "until": 0.0, "looked": True})

    def _begin_round(self) -> None:
        with self._store.database.begin() as connection:
            for row in connection.execute(_rows().with_for_update()).all():
                if row.value["state"] in OPEN:
                    _put(connection, row.name, row.value | {"looked": False})


def _rows() -> Any:
    return select(NOTES).where(NOTES.c.name.startswith(PREFIX)).order_by(NOTES.c.name)


def _merge(value: dict[str, Any]) -> Merge:
    return Merge(**{name: value[name] for name in Merge._fields})


def _value(connection: Connection, name: str) -> Any:
    return connection.execute(select(NOTES.c.value).where(NOTES.c.name == name).with_for_update()).scalar()


def _put(connection: Connection, name: str, value: Any) -> None:
    if connection.execute(update(NOTES).where(NOTES.c.name == name).values(value=value)).rowcount == 0:
        connection.execute(NOTES.insert().values(name=name, value=value))
