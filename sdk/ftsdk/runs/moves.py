"""The writes that every look at a run is made of, its claim and its transition, as SQL for the driver itself.

SQLAlchemy's expressions would take longer to become text than the database takes to do them (`benchmarks.transitions`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row

from ftsdk.runs.database import NOW, Database
from ftsdk.runs.lease import me
from ftsdk.runs.tables import LIVE, RUNS
from ftsdk.runs.transition import EventDraft

# A row that is due, or leased, for longer than anybody asks for was written by a clock that has since gone back.
LONGEST_WAIT = 900.0

# The plan is the widest column, and nobody looks at it at every step.
COLUMNS = ", ".join(name for name in RUNS.c.keys() if name not in ("plan", "due_at"))  # noqa: SIM118

FREE = f"""{LIVE.text} AND (pause_requested = 0 OR phase = 'train')
    AND (owner IS NULL OR owner = :me OR lease_until <= {{now}} OR lease_until > {{now}} + {LONGEST_WAIT})"""
# Two queries, because an index serves either condition and not both in one: a look costs the same however many wait.
DUE = "due_at <= {now}"
WRITTEN_AHEAD = f"due_at > {{now}} + {LONGEST_WAIT}"

FIND = f"SELECT number FROM runs WHERE {{when}} AND {FREE} ORDER BY due_at LIMIT 1"
TAKE = f"""UPDATE runs SET owner = :me, lease_until = {{now}} + :lease, fence = fence + 1 WHERE number = ({{find}})
    RETURNING {COLUMNS}"""
MOVE = """UPDATE runs SET phase = :phase, data = :data, failure = :failure, owner = NULL, lease_until = 0,
    updated_at = {now}, due_at = {now} + :wait
    WHERE number = :number AND fence = :fence AND owner = :owner
    RETURNING updated_at, cancel_requested, pause_requested"""
LAST = "(SELECT coalesce(max(seq), 0) FROM events WHERE run = :number)"
TELL = f"""INSERT INTO events (run, seq, at, kind, text, data)
    VALUES (:number, {LAST} + 1, {{now}}, :kind, :text, :data)"""
# One round trip. The lease that `moved` is fenced by keeps others from adding events to the run meanwhile.
MOVE_AND_TELL = f"""WITH moved AS ({MOVE}), told AS (
    INSERT INTO events (run, seq, at, kind, text, data)
    SELECT CAST(:number AS integer), {LAST} + nth, {{now}}, draft ->> 'kind', draft ->> 'text', (draft ->> 'data')::json
    FROM moved, json_array_elements(CAST(:events AS json)) WITH ORDINALITY AS drafts (draft, nth))
    SELECT * FROM moved"""


class Moves:
    """Claims and transitions in one database's SQL; each is done inside a transaction of the caller."""

    def __init__(self, database: Database) -> None:
        self._postgres = database.dialect == "postgresql"
        self.finds = tuple(self._sql(FIND, when=when) for when in (DUE, WRITTEN_AHEAD))
        either = f"number = :number AND ({DUE} OR {WRITTEN_AHEAD})"
        self._claims = tuple(self._sql(TAKE, find=self._locked(when)) for when in (DUE, WRITTEN_AHEAD))
        self._claim_one = self._sql(TAKE, find=self._locked(either))
        self._tell = self._sql(TELL)
        self._move = self._sql(MOVE_AND_TELL if self._postgres else MOVE)

    def claim(self, connection: Connection, seconds: float, number: int | None = None) -> Row[Any] | None:
        """The row of a run that is due and free, leased to this thread; None when there is none."""
        given = {"me": me(), "lease": seconds, "number": number}
        for statement in self._claims if number is None else (self._claim_one,):
            row = connection.exec_driver_sql(statement, given).one_or_none()
            if row is not None:
                return row
        return None

    def move(self, connection: Connection, values: dict[str, Any], events: Iterable[EventDraft]) -> Row[Any] | None:
        """Write a transition with its events and give the lease back; None, and nothing written, when it is lost."""
        drafts = [_draft(event) for event in events]
        if self._postgres:
            return connection.exec_driver_sql(self._move, {**values, "events": json.dumps(drafts)}).one_or_none()
        row = connection.exec_driver_sql(self._move, values).one_or_none()
        if row is not None:
            self._add(connection, values["number"], drafts)
        return row

    def tell(self, connection: Connection, number: int, *events: EventDraft) -> None:
        """Add events to a run."""
        self._add(connection, number, [_draft(event) for event in events])

    def _add(self, connection: Connection, number: int, drafts: list[dict[str, str]]) -> None:
        for draft in drafts:
            connection.exec_driver_sql(self._tell, {"number": number, **draft})

    def _locked(self, when: str) -> str:
        return FIND.replace("{when}", when) + (" FOR UPDATE SKIP LOCKED" if self._postgres else "")

    def _sql(self, statement: str, **parts: str) -> str:
        """A statement with its parts, this database's clock and its driver's placeholders in place."""
        for name, part in parts.items():
            statement = statement.replace(f"{{{name}}}", part)
        statement = statement.replace("{now}", NOW["postgresql" if self._postgres else "sqlite"])
        return re.sub(r"(?<!:):(\w+)", r"%(\1)s", statement) if self._postgres else statement


def as_json(value: Any) -> str:
    """JSON that both databases take: a loss that is no number, which Python alone would write as one, becomes text."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(json.loads(json.dumps(value), parse_constant=str))


def _draft(event: EventDraft) -> dict[str, str]:
    """An event as both databases take it: a provider's words may hold what neither keeps as text."""
    kind, text, data = event
    plain = text.replace("\0", "\ufffd").encode(errors="replace").decode()
    return {"kind": kind, "text": plain, "data": as_json(data)}
