"""What a run's claim and transition cost beside a bare committed update of the same database; SQLite and PostgreSQL.

Bar: a transition takes at most 1.5 times. Also how the load of the database grows with the runs in flight: statements a
look, by 100 to 10,000.
``python -m benchmarks.transitions``; PostgreSQL is left out, and said so, where it is not installed.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

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
    bare, claim, transition = in_turn(store, run.id)
    print(f"{name:<11} bare committed update {of(bare)}")
    print(f"{name:<11} claim                 {of(claim, bare)}")
    print(f"{name:<11} transition            {of(transition, bare)} (bar {BAR})")
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


class Times(NamedTuple):
    """Seconds of each round: passed, and of this process's processor."""

    wall: list[float]
    cpu: list[float]


def in_turn(store: Store, run: str) -> tuple[Times, Times, Times]:
    """A bare update, a claim and a transition with an event, round by round, so that a busy moment hits all."""
    bare, claim, transition = (Times([], []) for _ in range(3))
    for _ in range(ROUNDS):
        timed(lambda: bare_update(store), bare)
        claimed = timed(lambda: store.claim(run), claim)
        assert claimed is not None
        timed(
            lambda row=claimed: store.advance(
                row, "train", learnt={"cursor": "7"}, events=(("message", "looked", {}),)
            ),
            transition,
        )
    return bare, claim, transition


def timed(act: Callable[[], Any], times: Times) -> Any:
    """Do it and note how long it took."""
    began, cpu = time.perf_counter(), time.process_time()
    done = act()
    times.wall.append(time.perf_counter() - began)
    times.cpu.append(time.process_time() - cpu)
    return done


def of(times: Times, bare: Times | None = None) -> str:
    """Medians in milliseconds and, beside the bare update, the median of the rounds' ratios."""
    text = f"{statistics.median(times.wall) * 1e3:6.2f} ms, {statistics.median(times.cpu) * 1e3:5.2f} of them here"
    if bare is None:
        return text
    ratio = statistics.median(one / other for one, other in zip(times.wall, bare.wall, strict=True))
    return f"{text}, {ratio:.2f} times the bare update"


def bare_update(store: Store) -> None:
    """The yardstick: one update, committed."""
    with store.database.begin() as connection:
        connection.execute(text("UPDATE bare SET n = n + 1 WHERE id = 1"))


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
