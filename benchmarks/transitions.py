"""What a run's transition costs beside a bare committed update of the same database; SQLite and PostgreSQL.

Bar: at most 1.5 times. Also how the database's load grows with the runs in flight: statements a look, by 100 to 10,000.
``python -m benchmarks.transitions``; PostgreSQL is left out, and said so, where it is not installed.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Engine, event, text

from ftsdk.plan.value import Plan
from ftsdk.runs.database import Database
from ftsdk.runs.store import Store
from ftsdk.testing import workspace
from tests.postgres import programs, server

ROUNDS = 300
BAR = 1.5
IN_FLIGHT = (100, 1_000, 10_000)


def main() -> None:
    """Print both figures for each database there is."""
    with workspace() as ws:
        plan = ws.plan("specs/example.yaml")
    for name, url in databases():
        with tempfile.TemporaryDirectory() as root:
            measure(name, Store(Database(url, Path(root))), plan)


def measure(name: str, store: Store, plan: Plan) -> None:
    """The figures of one database."""
    run, _new = store.add_run(plan, {"inputs": {}})
    with store.database.begin() as connection:
        connection.execute(text("CREATE TABLE bare (id INTEGER PRIMARY KEY, n INTEGER)"))
        connection.execute(text("INSERT INTO bare VALUES (1, 0)"))
    bare, transition = in_turn(lambda: bare_update(store), lambda: one_transition(store, run.id))
    print(
        f"{name:<11} bare committed update {bare * 1e3:6.2f} ms   claim and transition {transition * 1e3:6.2f} ms "
        f"(two commits)   ratio a commit {transition / 2 / bare:.2f} (bar {BAR})"
    )
    for count in IN_FLIGHT:
        fill(store, plan.model_dump_json(by_alias=True), count)
        look, statements = one_look(store)
        print(f"{name:<11} {count:>6} runs in flight: {statements} statements and {look * 1e3:.2f} ms a look")
    store.database.close()


def databases() -> Iterator[tuple[str, str]]:
    """Name and URL of an empty database of each kind."""
    yield "sqlite", "sqlite:///state.db"
    where = programs()
    if where is None:
        print("postgresql  not installed here, not measured")
        return
    with server(where) as running:
        yield "postgresql", running.fresh()


def in_turn(*acts: Callable[[], None]) -> list[float]:
    """Median seconds of each, taken in turn so that a busy moment hits all."""
    times: list[list[float]] = [[] for _ in acts]
    for _ in range(ROUNDS):
        for number, act in enumerate(acts):
            began = time.perf_counter()
            act()
            times[number].append(time.perf_counter() - began)
    return [statistics.median(of) for of in times]


def bare_update(store: Store) -> None:
    """The yardstick: one update, committed."""
    with store.database.begin() as connection:
        connection.execute(text("UPDATE bare SET n = n + 1 WHERE id = 1"))


def one_transition(store: Store, run: str) -> None:
    """What a tick writes around its step: the claim, then the transition with its event."""
    claimed = store.claim(run)
    assert claimed is not None
    store.advance(claimed, "train", learnt={"cursor": "7"}, events=(("message", "looked", {}),))


def fill(store: Store, plan: str, count: int) -> None:
    """So many runs that are due."""
    with store.database.begin() as connection:
        have = connection.execute(text("SELECT count(*) FROM runs")).scalar_one()
        rows = [{"name": f"s{number}", "plan": plan} for number in range(have, count)]
        connection.execute(
            text(
                "INSERT INTO runs (name, fingerprint, digest, phase, plan, data, created_at, updated_at, due_at) "
                "VALUES (:name, 'f', 'd', 'train', :plan, '{}', 0, 0, 0)"
            ),
            rows,
        )


def one_look(store: Store) -> tuple[float, int]:
    """Median seconds and statements of one look at whatever is due."""
    told = 0

    def count(*_: object) -> None:
        nonlocal told
        told += 1

    event.listen(Engine, "before_cursor_execute", count)
    times = []
    for _ in range(60):
        began = time.perf_counter()
        claimed = store.claim_due()
        assert claimed is not None
        store.advance(claimed, "train", learnt={"cursor": "7"}, wait=15.0)
        times.append(time.perf_counter() - began)
    event.remove(Engine, "before_cursor_execute", count)
    return statistics.median(times), told // 60


if __name__ == "__main__":
    main()
