"""The audit: whole while nobody touches it, broken at the entry that somebody did, anchored against a lost tail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ftsdk.runs import audit
from ftsdk.runs.database import Database


def write(database: Database, number: int) -> None:
    """One entry."""
    with database.begin() as connection:
        audit.append(connection, database, "github:dana", "run.created", f"r{number}", {"näme": "☃", "usd": "1.50"})


def tamper(database: Database, statement: str) -> None:
    """Change the table as somebody with all rights would: triggers off first."""
    off = {
        "sqlite": ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"],
        "postgresql": ["ALTER TABLE audit DISABLE TRIGGER ALL"],
    }
    with database.begin() as connection:
        for command in (*off[database.dialect], statement):
            connection.execute(text(command))


def test_a_chain_that_nobody_touched_is_whole(database: Database) -> None:
    for number in range(5):
        write(database, number)
    verdict = audit.verify(database)
    assert (verdict.entries, verdict.broken_at, verdict.whole) == (5, None, True)
    assert [entry.subject for entry in audit.entries(database)] == ["r0", "r1", "r2", "r3", "r4"]


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'mallory'", "DELETE FROM audit"])
def test_the_database_itself_refuses_changes(database: Database, statement: str) -> None:
    write(database, 1)
    with pytest.raises(DBAPIError, match="append-only"), database.begin() as connection:
        connection.execute(text(statement))
    assert audit.verify(database).entries == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'mallory' WHERE seq = 3",
        "UPDATE audit SET body = '{}' WHERE seq = 3",
        "UPDATE audit SET at = at + 1 WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
    ],
)
def test_a_change_behind_its_back_shows_where_it_is(database: Database, statement: str) -> None:
    for number in range(5):
        write(database, number)
    tamper(database, statement)
    assert audit.verify(database).broken_at == 3


def test_a_tail_that_was_cut_off_shows_only_against_an_anchor(database: Database) -> None:
    for number in range(5):
        write(database, number)
    anchor = audit.verify(database).head
    assert audit.verify(database, anchor).whole
    tamper(database, "DELETE FROM audit WHERE seq = 5")
    assert audit.verify(database).whole, "a chain alone cannot show it"
    assert audit.verify(database, anchor).anchored is False


def test_what_is_rolled_back_leaves_no_entry(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.begin() as connection:
        audit.append(connection, database, "github:dana", "run.created", "r1", {})
        _ = 1 / 0
    assert audit.verify(database).entries == 0


def test_writers_at_the_same_moment_make_one_chain(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: write(database, number), range(40)))
    verdict = audit.verify(database)
    assert (verdict.entries, verdict.whole) == (40, True)


def test_a_long_chain_is_read_a_page_at_a_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "PAGE", 3)
    for number in range(10):
        write(database, number)
    assert len(list(audit.entries(database))) == audit.verify(database).entries == 10
