"""A connection is asked no faster than it grants, by all processes together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from ftsdk.runs.database import Database
from ftsdk.runs.pace import wait_turn


def test_steps_that_race_take_turns(database: Database) -> None:
    """60 requests a minute: of eight at once each waits a second longer than the one before it."""
    waits: list[float] = [0.0]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: wait_turn(database, "openai", "train", 60.0, waits.append), range(8)))
    assert sorted(round(wait + 0.4) for wait in waits) == list(range(8))


def test_a_step_of_several_requests_takes_several_turns(database: Database) -> None:
    waits: list[float] = []
    wait_turn(database, "openai", "create", 60.0, waits.append)
    wait_turn(database, "openai", "train", 60.0, waits.append)
    wait_turn(database, "together", "train", 60.0, waits.append)
    assert waits == [pytest.approx(2.0, abs=1.0)], "and another connection does not wait at all"


def test_a_turn_that_a_wrong_clock_took_holds_nobody_up(database: Database) -> None:
    waits: list[float] = []
    wait_turn(database, "openai", "train", 60.0, waits.append)
    with database.begin() as connection:
        connection.execute(text("UPDATE paces SET next_at = next_at + 3600"))
    wait_turn(database, "openai", "train", 60.0, waits.append)
    assert waits == []
