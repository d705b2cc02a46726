"""The store: runs, events, effects and aliases as rows; every write that belongs to a run is fenced by its lease."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, select, update
from sqlalchemy.exc import IntegrityError

from ftsdk.errors import StateLocked, UsageError
from ftsdk.plan.teams import Hold
from ftsdk.plan.value import Plan
from ftsdk.providers.base import Failure
from ftsdk.runs import audit
from ftsdk.runs.budgets import Budget, dollars, reserve, settle
from ftsdk.runs.database import Database
from ftsdk.runs.lease import LEASE_SECONDS, me, owner_is_dead, this_process
from ftsdk.runs.moves import LONGEST_WAIT, Moves, as_json
from ftsdk.runs.retry import data_before
from ftsdk.runs.tables import ALIASES, BUDGETS, EFFECTS, EVENTS, LIVE, RUNS
from ftsdk.runs.transition import EventDraft
from ftsdk.runs.value import ENDED, Event, EventKind, Phase, RunRow

SYSTEM = "system"


class LeaseLost(Exception):
    """Another process took the run over; what this one wanted to write was not written."""


class Store:
    """Rows of one workspace. Safe to use from several threads, processes and, on PostgreSQL, hosts."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._now = database.now
        self.moves = Moves(database)

    # -- runs ---------------------------------------------------------------------------------------------------

    def add_run(
        self,
        plan: Plan,
        data: dict[str, Any],
        *,
        requested_by: str = SYSTEM,
        team: str | None = None,
        holds: tuple[Hold, ...] = (),
    ) -> tuple[RunRow, bool]:
        """The live run of this plan, and whether it is new; a new one starts with ``data`` and holds its money.

        Raises StateLocked when a run of the same spec is live with another plan, BudgetStop when money is short.
        """
        values = {
            "name": plan.name,
            "fingerprint": plan.fingerprint,
            "digest": plan.digest,
            "phase": "check",
            "plan": plan.model_dump_json(by_alias=True),
            "data": data,
            "requested_by": requested_by,
            "team": team,
        }
        try:
            with self.database.begin() as connection:
                stamp = {"created_at": self._now, "updated_at": self._now, "due_at": self._now}
                inserted = connection.execute(RUNS.insert().values(**values, **stamp)).inserted_primary_key
                assert inserted is not None
                for hold in holds:
                    reserve(connection, inserted[0], hold)
                about = {"name": plan.name, "digest": plan.digest, "fingerprint": plan.fingerprint}
                audit.append(connection, self.database, requested_by, "run.created", f"r{inserted[0]}", about)
                return _run_row(self._one(connection, inserted[0])), True
        except IntegrityError:
            return self._live_run(plan, data, requested_by, team, holds)

    def _live_run(
        self, plan: Plan, data: dict[str, Any], by: str, team: str | None, holds: tuple[Hold, ...]
    ) -> tuple[RunRow, bool]:
        with self.database.read() as connection:
            row = connection.execute(select(RUNS).where(RUNS.c.name == plan.name, LIVE)).one_or_none()
        if row is None:  # it ended between the two statements
            return self.add_run(plan, data, requested_by=by, team=team, holds=holds)
        live = _run_row(row)
        if live.digest != plan.digest:
            raise StateLocked(
                f"run {live.id} of {plan.name} is live (phase {live.phase}) with another plan; nothing was started",
                help=f"wait for it (`ft status {live.id}`) or stop it, then apply again",
                owner="configuration",
            )
        return live, False

    def run(self, run: str) -> RunRow:
        """The row of a run by id (``r12``); raises UsageError when there is none."""
        with self.database.read() as connection:
            return _run_row(self._one(connection, _number(run)))

    def plan(self, run: str) -> Plan:
        """The plan that a run executes."""
        with self.database.read() as connection:
            return Plan.model_validate_json(self._one(connection, _number(run)).plan)

    def runs(self, name: str | None = None) -> tuple[RunRow, ...]:
        """All runs, newest first; of one spec when ``name`` is given."""
        query = select(RUNS).order_by(RUNS.c.number.desc())
        if name is not None:
            query = query.where(RUNS.c.name == name)
        with self.database.read() as connection:
            return tuple(_run_row(row) for row in connection.execute(query))

    def _one(self, connection: Connection, number: int) -> Row[Any]:
        row = connection.execute(select(RUNS).where(RUNS.c.number == number)).one_or_none()
        if row is None:
            raise UsageError(f"there is no run r{number} in {self.database.shown}", help="`ft runs` lists them")
        return row

    # -- what people ask of a run -------------------------------------------------------------------------------

    def request_cancel(self, run: str, actor: str = SYSTEM) -> bool:
        """Ask for a run to be stopped; whoever drives it does so. False when it has ended."""
        return self._request(run, actor, "run.cancel", and_(LIVE), {"cancel_requested": 1, "pause_requested": 0})

    def request_pause(self, run: str, actor: str = SYSTEM) -> bool:
        """Ask for a run to stand still; False when it has ended or is paused already."""
        return self._request(run, actor, "run.pause", and_(LIVE, RUNS.c.pause_requested == 0), {"pause_requested": 1})

    def request_resume(self, run: str, actor: str = SYSTEM) -> bool:
        """Let a paused run go on; False when it is not paused."""
        return self._request(run, actor, "run.resume", and_(LIVE, RUNS.c.pause_requested == 1), {"pause_requested": 0})

    def _request(self, run: str, actor: str, action: str, where: ColumnElement[bool], values: dict[str, Any]) -> bool:
        with self.database.begin() as connection:
            self._one(connection, _number(run))
            mine = and_(RUNS.c.number == _number(run), where)
            stamp = {"due_at": self._now, "updated_at": self._now}
            if connection.execute(update(RUNS).where(mine).values(**values, **stamp)).rowcount != 1:
                return False
            audit.append(connection, self.database, actor, action, run, {})
            return True

    def retry(self, run: str, phase: Phase, *, actor: str = SYSTEM, holds: tuple[Hold, ...] = ()) -> RunRow:
        """Set a failed or cancelled run going again at ``phase``; what it learnt in that phase and later is forgotten.

        Raises UsageError when it has not failed, or never reached that phase; StateLocked when another run of the spec
        is live; BudgetStop when the money that it must hold again is not there.
        """
        try:
            with self.database.begin() as connection:
                row = _run_row(self._one(connection, _number(run)))
                data = data_before(row, phase)
                values = {"phase": phase, "data": data, "failure": None, "cancel_requested": 0, "pause_requested": 0}
                stamp = {"due_at": self._now, "updated_at": self._now, "owner": None, "lease_until": 0.0}
                connection.execute(update(RUNS).where(RUNS.c.number == _number(run)).values(**values, **stamp))
                for hold in holds:
                    reserve(connection, _number(run), hold)
                self.moves.tell(connection, _number(run), ("phase", f"retried from {phase}", {"phase": phase}))
                audit.append(connection, self.database, actor, "run.retry", run, {"phase": phase})
                return _run_row(self._one(connection, _number(run)))
        except IntegrityError as error:
            raise StateLocked(
                f"another run of the same spec is live; {run} was not retried",
                help="wait for it or stop it first (`ft runs`)",
                owner="configuration",
            ) from error

    # -- money --------------------------------------------------------------------------------------------------

    def budgets(self) -> tuple[Budget, ...]:
        """What every team holds and has spent, month by month."""
        with self.database.read() as connection:
            rows = connection.execute(select(BUDGETS).order_by(BUDGETS.c.month, BUDGETS.c.team)).all()
        return tuple(
            Budget(team=row.team, month=row.month, held=dollars(row.held), spent=dollars(row.spent)) for row in rows
        )

    # -- leases -------------------------------------------------------------------------------------------------

    def claim(self, run: str) -> RunRow | None:
        """Take the lease of a live, due run; None when it is another's, has ended, is paused or is not due."""
        number = _number(run)
        query = select(RUNS, self._now.label("now")).where(RUNS.c.number == number)
        with self.database.begin() as connection:
            taken = self.moves.claim(connection, LEASE_SECONDS, number)
            if taken is not None:
                return _run_row(taken)
            row = connection.execute(query).one_or_none()
            if row is None:
                raise UsageError(f"there is no run {run} in {self.database.shown}", help="`ft runs` lists them")
            return self._take(connection, row) if _claimable(row) else None

    def claim_due(self) -> RunRow | None:
        """Take the lease of the run that has been due for longest; None when there is none."""
        with self.database.begin() as connection:
            row = self.moves.claim(connection, LEASE_SECONDS)
            return None if row is None else _run_row(row)

    def _take(self, connection: Connection, row: Row[Any]) -> RunRow | None:
        mine = and_(RUNS.c.number == row.number, RUNS.c.fence == row.fence)
        lease = {"owner": me(), "lease_until": self._now + LEASE_SECONDS, "fence": row.fence + 1}
        taken = connection.execute(update(RUNS).where(mine).values(**lease).returning(RUNS)).one_or_none()
        return None if taken is None else _run_row(taken)  # None: another process was faster

    def free_of_dead(self) -> int:
        """Give back the leases of processes of this host that are known to be gone; returns how many there were."""
        held = and_(LIVE, RUNS.c.due_at <= self._now, RUNS.c.owner.is_not(None))  # who is leased was due
        query = select(RUNS.c.number, RUNS.c.owner, RUNS.c.fence).where(held)
        with self.database.read() as connection:
            dead = [row for row in connection.execute(query).all() if owner_is_dead(row.owner)]
        freed = 0
        for row in dead:
            with self.database.begin() as connection:
                same = and_(RUNS.c.number == row.number, RUNS.c.fence == row.fence)
                freed += connection.execute(update(RUNS).where(same).values(owner=None, lease_until=0.0)).rowcount
        return freed

    def renew(self, run: RunRow) -> None:
        """Lengthen a lease; raises LeaseLost when another process has taken it."""
        with self.database.begin() as connection:
            self._fenced(connection, run, {"lease_until": self._now + LEASE_SECONDS})

    def advance(
        self,
        run: RunRow,
        phase: Phase,
        *,
        learnt: Mapping[str, Any] | None = None,
        events: tuple[EventDraft, ...] = (),
        failure: Failure | None = None,
        wait: float = 0.0,
        spent: Decimal = Decimal(0),
    ) -> RunRow:
        """Write a transition and its events in one transaction and give the lease back; an end settles the money."""
        number, data = _number(run.id), as_json({**run.data, **(learnt or {})})
        lease = {"number": number, "fence": run.fence, "owner": run.owner}
        written = {
            "phase": phase,
            "data": data,
            "failure": as_json(failure.model_dump()) if failure else None,
            "wait": wait,
        }
        with self.database.begin() as connection:
            moved = self.moves.move(connection, {**lease, **written}, events)
            if moved is None:
                raise LeaseLost(run.id)
            if phase in ENDED:
                settle(connection, number, spent)
                self._note(connection, run, "run.ended", {"phase": phase, "usd": str(spent)})
        given_back = {"owner": None, "lease_until": 0.0, "updated_at": moved.updated_at}
        asked = {name: bool(getattr(moved, name)) for name in ("cancel_requested", "pause_requested")}
        now_is = {"phase": phase, "data": json.loads(data), "failure": failure, **given_back, **asked}
        return run.model_copy(update=now_is)

    def _fenced(self, connection: Connection, run: RunRow, values: dict[str, Any]) -> Row[Any]:
        mine = and_(RUNS.c.number == _number(run.id), RUNS.c.fence == run.fence, RUNS.c.owner == run.owner)
        row = connection.execute(update(RUNS).where(mine).values(**values).returning(RUNS)).one_or_none()
        if row is None:
            raise LeaseLost(run.id)
        return row

    # -- events -------------------------------------------------------------------------------------------------

    def add_event(self, run: RunRow, kind: EventKind, text: str, data: dict[str, Any]) -> None:
        """Record something that happened while the lease is held."""
        with self.database.begin() as connection:
            self._fenced(connection, run, {"updated_at": self._now})
            self.moves.tell(connection, _number(run.id), (kind, text, data))

    def events(self, run: str, after: int = 0) -> tuple[Event, ...]:
        """Events of a run with ``seq`` above ``after``, in order."""
        query = select(EVENTS).where(EVENTS.c.run == _number(run), EVENTS.c.seq > after).order_by(EVENTS.c.seq)
        with self.database.read() as connection:
            return tuple(
                Event(run=run, seq=row.seq, at=row.at, kind=row.kind, text=row.text, data=row.data)
                for row in connection.execute(query)
            )

    # -- effects ------------------------------------------------------------------------------------------------

    def intend(self, run: RunRow, key: str) -> tuple[dict[str, Any] | None, float]:
        """The recorded result of an effect, or None and the age of its intent (seconds), which is written when new."""
        with self.database.begin() as connection:
            self._fenced(connection, run, {"updated_at": self._now})
            query = select(EFFECTS.c.result, (self._now - EFFECTS.c.at).label("age")).where(EFFECTS.c.key == key)
            row = connection.execute(query).one_or_none()
            if row is not None and row.age < 0:  # written by a clock that has since gone back: its age counts from now
                connection.execute(update(EFFECTS).where(EFFECTS.c.key == key).values(at=self._now))
            if row is not None:
                return row.result, max(float(row.age), 1e-6)
            values = {"key": key, "run": _number(run.id), "state": "intent", "result": None, "at": self._now}
            connection.execute(EFFECTS.insert().values(**values))
            self._note(connection, run, "effect.intended", {"key": key})
            return None, 0.0

    def effect_done(self, run: RunRow, key: str, result: dict[str, Any]) -> None:
        """Record what an effect brought."""
        with self.database.begin() as connection:
            self._fenced(connection, run, {"updated_at": self._now})
            connection.execute(update(EFFECTS).where(EFFECTS.c.key == key).values(state="done", result=result))
            self._note(connection, run, "effect.done", {"key": key, "result": result})

    def effect_result(self, key: str) -> dict[str, Any] | None:
        """What is recorded of an effect; None while there is only its intent, or not even that."""
        with self.database.read() as connection:
            found: dict[str, Any] | None = connection.execute(
                select(EFFECTS.c.result).where(EFFECTS.c.key == key)
            ).scalar()
            return found

    def note_late(self, run: RunRow, action: str, body: Mapping[str, Any]) -> None:
        """Write down in the audit what was done outside although the lease was lost."""
        with self.database.begin() as connection:
            self._note(connection, run, action, body)

    def note(self, run: RunRow, action: str, body: Mapping[str, Any]) -> None:
        """Write down in the audit something that was done outside while the lease is held."""
        with self.database.begin() as connection:
            self._fenced(connection, run, {"updated_at": self._now})
            self._note(connection, run, action, body)

    def _note(self, connection: Connection, run: RunRow, action: str, body: Mapping[str, Any]) -> None:
        audit.append(connection, self.database, f"{SYSTEM}:{this_process()}", action, run.id, body)

    # -- aliases ------------------------------------------------------------------------------------------------

    def alias(self, alias: str) -> str | None:
        """The newest document of an alias."""
        query = select(ALIASES.c.document).where(ALIASES.c.alias == alias).order_by(ALIASES.c.version.desc()).limit(1)
        with self.database.read() as connection:
            return connection.execute(query).scalar()

    def alias_history(self, alias: str) -> tuple[str, ...]:
        """Every document of an alias, oldest first."""
        query = select(ALIASES.c.document).where(ALIASES.c.alias == alias).order_by(ALIASES.c.version)
        with self.database.read() as connection:
            return tuple(connection.execute(query).scalars())

    def aliases(self) -> tuple[str, ...]:
        """The names of all aliases."""
        with self.database.read() as connection:
            return tuple(connection.execute(select(ALIASES.c.alias).distinct().order_by(ALIASES.c.alias)).scalars())

    def move_alias(self, alias: str, version: int, run: str, document: str, actor: str = SYSTEM) -> None:
        """Record a promotion; raises StateLocked when another process promoted the same version first."""
        values = {"alias": alias, "version": version, "run": _number(run), "document": document, "at": self._now}
        try:
            with self.database.begin() as connection:
                connection.execute(ALIASES.insert().values(**values))
                audit.append(connection, self.database, actor, "alias.moved", alias, {"version": version, "run": run})
        except IntegrityError as error:
            raise StateLocked(
                f"{alias} was promoted by another process at the same moment; this promotion was not made",
                help=f"look at it with `ft resolve {alias}` and promote again if you still want to",
            ) from error


def _claimable(row: Row[Any]) -> bool:
    if row.phase in ENDED or row.now < row.due_at <= row.now + LONGEST_WAIT:
        return False
    if row.pause_requested and row.phase != "train":
        return False
    held = row.owner not in (None, me()) and row.now < row.lease_until <= row.now + LONGEST_WAIT
    return not held or owner_is_dead(row.owner)


def _number(run: str) -> int:
    if not (run.startswith("r") and run[1:].isdecimal() and len(run) < 20):
        raise UsageError(f"{run!r} is not a run; runs are called r1, r2, ...", help="`ft runs` lists them")
    return int(run[1:])


def _run_row(row: Row[Any]) -> RunRow:
    fields = {name: getattr(row, name) for name in RunRow.model_fields if name != "id"}
    for name in ("data", "failure"):
        if isinstance(fields[name], str):  # SQLite's driver gives JSON as the text that it is
            fields[name] = json.loads(fields[name])
    return RunRow.model_validate(fields | {"id": f"r{row.number}"})
