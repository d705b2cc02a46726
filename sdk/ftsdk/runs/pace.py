"""How fast a provider may be asked, by all processes of a store together: each request takes a turn, a row counts."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import text

from ftsdk.runs.database import Database
from ftsdk.runs.value import Phase

# The most requests that a phase's step makes; the others make one.
REQUESTS: dict[Phase, int] = {"create": 2, "converge": 3, "collect": 3}
LONGEST_QUEUE = 900.0  # a turn further ahead was written by a clock that has since gone back

GREATEST = {"sqlite": "max", "postgresql": "greatest"}
TAKE = """
INSERT INTO paces (connection, next_at) VALUES (:connection, {now} + :gap)
ON CONFLICT (connection) DO UPDATE SET next_at = :gap +
    CASE WHEN paces.next_at > {now} + :longest THEN {now} ELSE {greatest}(paces.next_at, {now}) END
RETURNING next_at - :gap - {now}
"""


def wait_turn(
    database: Database, connection: str, phase: Phase, per_minute: float, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Wait until the requests of one step fit into what the connection grants; steps that race take turns."""
    statement = TAKE.format(now=database.now, greatest=GREATEST[database.dialect])
    gap = REQUESTS.get(phase, 1) * 60.0 / per_minute
    with database.begin() as transaction:
        given = {"connection": connection, "gap": gap, "longest": LONGEST_QUEUE}
        wait = float(transaction.execute(text(statement), given).scalar_one())
    if wait > 0:
        sleep(wait)
