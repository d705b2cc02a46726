"""The store: runs, events, effects and aliases as rows; every write that belongs to a run is fenced by its lease."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, and_, func, literal_column, select, update
from sqlalchemy.exc import IntegrityError

from ftsdk.errors import StateLocked, UsageError
from ftsdk.plan.value import Plan
from ftsdk.providers.base import Failure
from ftsdk.runs.database import explained, open_engine
from ftsdk.runs.lease import LEASE_SECONDS, me, owner_is_dead
from ftsdk.runs.tables import ALIASES, EFFECTS, EVENTS, LIVE, RUNS
from ftsdk.runs.value import Event, EventKind, Phase, RunRow

SQLITE_NOW = "((julianday('now') - 2440587.5) * 86400.0)"
POSTGRES_NOW = "extract(epoch from clock_timestamp())"


class LeaseLost(Exception):
    """Another process took the run over; what this one wanted to write was not written."""


class Store:
    """Rows of one workspace. Safe to use from several threads and processes on one host."""

    def __init__(self, url: str, root: Path) -> None:
        self.url = url
        self._engine = open_engine(url, root)
        self._now: Any = literal_column(SQLITE_NOW if self._engine.dialect.name == "sqlite" else POSTGRES_NOW)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        with explained(self.url), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with explained(self.url), self._engine.execution_options(reads=True).begin() as connection:
            yield connection

    # -- runs ---------------------------------------------------------------------------------------------------

    def add_run(self, plan: Plan, data: dict[str, Any]) -> tuple[RunRow, bool]:
        """The live run of this plan, and whether it is new; a new one starts with ``data``.

        Raises StateLocked when a run of the same spec is live with another plan.
        """
        values = {
            "name": plan.name,
            "fingerprint": plan.fingerprint,
            "digest": plan.digest,
            "phase": "check",
            "plan": plan.model_dump_json(by_alias=True),
            "data": data,
        }
        try:
            with self._begin() as connection:
                stamp = {"created_at": self._now, "updated_at": self._now, "due_at": self._now}
                number = connection.execute(RUNS.insert().values(**values, **stamp)).inserted_primary_key
                assert number is not None
                return _run_row(self._one(connection, number[0])), True
        except IntegrityError:
            return self._live_run(plan, data), False

    def _live_run(self, plan: Plan, data: dict[str, Any]) -> RunRow:
        with self._read() as connection:
            row = connection.execute(select(RUNS).where(RUNS.c.name == plan.name, LIVE)).one_or_none()
        if row is None:  # it ended between the two statements
            return self.add_run(plan, data)[0]
        live = _run_row(row)
        if live.digest != plan.digest:
            raise StateLocked(
                f"run {live.id} of {plan.name} is live (phase {live.phase}) with another plan; nothing was started",
                help=f"wait for it (`ft status {live.id}`) or stop it, then apply again",
                owner="configuration",
            )
        return live

    def run(self, run: str) -> RunRow:
        """The row of a run by id (``r12``); raises UsageError when there is none."""
        with self._read() as connection:
            return _run_row(self._one(connection, _number(run)))

    def plan(self, run: str) -> Plan:
        """The plan that a run executes."""
        with self._read() as connection:
            return Plan.model_validate_json(self._one(connection, _number(run)).plan)

    def runs(self, name: str | None = None) -> tuple[RunRow, ...]:
        """All runs, newest first; of one spec when ``name`` is given."""
        query = select(RUNS).order_by(RUNS.c.number.desc())
        if name is not None:
            query = query.where(RUNS.c.name == name)
        with self._read() as connection:
            return tuple(_run_row(row) for row in connection.execute(query))

    def _one(self, connection: Connection, number: int) -> Row[Any]:
        row = connection.execute(select(RUNS).where(RUNS.c.number == number)).one_or_none()
        if row is None:
            raise UsageError(f"there is no run r{number} in {self.url}", help="`ft runs` lists them")
        return row

    def request_cancel(self, run: str) -> None:
        """Ask for a run to be stopped; whoever drives it does so."""
        with self._begin() as connection:
            connection.execute(
                update(RUNS)
                .where(RUNS.c.number == _number(run), LIVE)
                .values(cancel_requested=1, due_at=self._now, updated_at=self._now)
            )

    # -- leases -------------------------------------------------------------------------------------------------

    def claim(self, run: str) -> RunRow | None:
        """Take the lease of a live, due run; None when it is another's, has ended, or is not due."""
        with self._begin() as connection:
            row = self._one(connection, _number(run))
            now = connection.execute(select(self._now)).scalar_one()
            if row.phase in ("done", "failed", "cancelled") or row.due_at > now:
                return None
            if row.owner not in (None, me()) and row.lease_until > now and not owner_is_dead(row.owner):
                return None
            connection.execute(
                update(RUNS)
                .where(RUNS.c.number == row.number)
                .values(owner=me(), lease_until=self._now + LEASE_SECONDS, fence=row.fence + 1)
            )
            return _run_row(self._one(connection, row.number))

    def renew(self, run: RunRow) -> None:
        """Lengthen a lease; raises LeaseLost when another process has taken it."""
        with self._begin() as connection:
            self._fenced(connection, run, {"lease_until": self._now + LEASE_SECONDS})

    def advance(
        self,
        run: RunRow,
        phase: Phase,
        *,
        learnt: Mapping[str, Any] | None = None,
        events: tuple[tuple[EventKind, str, dict[str, Any]], ...] = (),
        failure: Failure | None = None,
        wait: float = 0.0,
    ) -> RunRow:
        """Write a transition and its events in one transaction and give the lease back."""
        with self._begin() as connection:
            values: dict[str, Any] = {
                "phase": phase,
                "data": {**run.data, **(learnt or {})},
                "failure": failure.model_dump() if failure else None,
                "updated_at": self._now,
                "due_at": self._now + wait,
                "owner": None,
                "lease_until": 0.0,
            }
            self._fenced(connection, run, values)
            for event in events:
                self._add_event(connection, _number(run.id), *event)
            return _run_row(self._one(connection, _number(run.id)))

    def _fenced(self, connection: Connection, run: RunRow, values: dict[str, Any]) -> None:
        mine = and_(RUNS.c.number == _number(run.id), RUNS.c.fence == run.fence, RUNS.c.owner == run.owner)
        if connection.execute(update(RUNS).where(mine).values(**values)).rowcount != 1:
            raise LeaseLost(run.id)

    # -- events -------------------------------------------------------------------------------------------------

    def add_event(self, run: RunRow, kind: EventKind, text: str, data: dict[str, Any]) -> None:
        """Record something that happened while the lease is held."""
        with self._begin() as connection:
            self._fenced(connection, run, {"updated_at": self._now})
            self._add_event(connection, _number(run.id), kind, text, data)

    def _add_event(self, connection: Connection, number: int, kind: str, text: str, data: dict[str, Any]) -> None:
        last = select(func.coalesce(func.max(EVENTS.c.seq), 0)).where(EVENTS.c.run == number)
        seq = connection.execute(last).scalar_one() + 1
        connection.execute(EVENTS.insert().values(run=number, seq=seq, at=self._now, kind=kind, text=text, data=data))

    def events(self, run: str, after: int = 0) -> tuple[Event, ...]:
        """Events of a run with ``seq`` above ``after``, in order."""
        query = select(EVENTS).where(EVENTS.c.run == _number(run), EVENTS.c.seq > after).order_by(EVENTS.c.seq)
        with self._read() as connection:
            return tuple(
                Event(run=run, seq=row.seq, at=row.at, kind=row.kind, text=row.text, data=row.data)
                for row in connection.execute(query)
            )

    # -- effects ------------------------------------------------------------------------------------------------

    def effect(self, run: RunRow, key: str) -> dict[str, Any] | None:
        """The recorded result of an effect, or None after writing down the intent to have it."""
        with self._begin() as connection:
            self._fenced(connection, run, {"updated_at": self._now})
            row = connection.execute(select(EFFECTS).where(EFFECTS.c.key == key)).one_or_none()
            if row is not None:
                result: dict[str, Any] | None = row.result  # None while it is only intended
                return result
            connection.execute(
                EFFECTS.insert().values(key=key, run=_number(run.id), state="intent", result=None, at=self._now)
            )
            return None

    def effect_done(self, run: RunRow, key: str, result: dict[str, Any]) -> None:
        """Record what an effect brought."""
        with self._begin() as connection:
            self._fenced(connection, run, {"updated_at": self._now})
            connection.execute(update(EFFECTS).where(EFFECTS.c.key == key).values(state="done", result=result))

    # -- aliases ------------------------------------------------------------------------------------------------

    def next_version(self, alias: str) -> int:
        """The version that the next promotion of ``alias`` will have."""
        with self._read() as connection:
            query = select(func.coalesce(func.max(ALIASES.c.version), 0)).where(ALIASES.c.alias == alias)
            return int(connection.execute(query).scalar_one()) + 1

    def alias(self, alias: str) -> str | None:
        """The newest document of an alias."""
        query = select(ALIASES.c.document).where(ALIASES.c.alias == alias).order_by(ALIASES.c.version.desc()).limit(1)
        with self._read() as connection:
            return connection.execute(query).scalar()

    def aliases(self) -> tuple[str, ...]:
        """The names of all aliases."""
        with self._read() as connection:
            return tuple(connection.execute(select(ALIASES.c.alias).distinct().order_by(ALIASES.c.alias)).scalars())

    def move_alias(self, alias: str, version: int, run: str, document: str) -> None:
        """Record a promotion; raises StateLocked when another process promoted the same version first."""
        try:
            with self._begin() as connection:
                connection.execute(
                    ALIASES.insert().values(
                        alias=alias, version=version, run=_number(run), document=document, at=self._now
                    )
                )
        except IntegrityError as error:
            raise StateLocked(
                f"{alias} was promoted by another process at the same moment; this promotion was not made",
                help=f"look at it with `ft resolve {alias}` and promote again if you still want to",
            ) from error


def _number(run: str) -> int:
    if not (run.startswith("r") and run[1:].isdecimal() and len(run) < 20):
        raise UsageError(f"{run!r} is not a run; runs are called r1, r2, ...", help="`ft runs` lists them")
    return int(run[1:])


def _run_row(row: Row[Any]) -> RunRow:
    return RunRow(
        id=f"r{row.number}",
        name=row.name,
        fingerprint=row.fingerprint,
        digest=row.digest,
        phase=row.phase,
        data=row.data,
        failure=Failure.model_validate(row.failure) if row.failure else None,
        created_at=row.created_at,
        updated_at=row.updated_at,
        cancel_requested=bool(row.cancel_requested),
        owner=row.owner,
        lease_until=row.lease_until,
        fence=row.fence,
    )
