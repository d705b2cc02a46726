"""Runs survive kill -9 at any moment, on either database: each has one job, one promotion, and its money settled."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PostgresServer
from tests.crash.storm import kill_at_boundary, provider_server, sleep_through_the_lease, storm

pytestmark = [pytest.mark.crash, pytest.mark.timeout(900)]

KEPT = {"most_live_of_a_run": 1, "held": 0, "spent_equals_settled": True, "audit_whole": True, "failures": []}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A provider whose lists show new jobs 20 ms late."""
    with provider_server(late=0.02, lose=0.0, slow=0.0, seed=1) as found:
        yield found


def kept(outcome: dict[str, Any]) -> dict[str, Any]:
    """What of an outcome must never differ, whatever was killed."""
    return {"done": outcome["done"], "promotions": outcome["promotions"]} | {name: outcome[name] for name in KEPT}


def must_hold(runs: int) -> dict[str, Any]:
    """Every run done, promoted once, one job each."""
    return {"done": runs, "promotions": runs, **KEPT}


def sweep(directory: Path, url: str, port: int, first: int, step: int) -> int:
    """Kill at boundary ``first``, ``first + step``, ... until none is left; returns how many were tried."""
    tried, number = 0, first
    while True:
        root = directory / f"b{number}"
        root.mkdir()
        died, outcome = kill_at_boundary(root, url, port, number)
        assert (number, kept(outcome), outcome["jobs_created"]) == (number, must_hold(1), 1)
        if not died:
            return tried
        tried, number = tried + 1, number + step


def test_a_death_at_any_boundary_costs_nothing_on_sqlite(tmp_path: Path, port: int) -> None:
    """Before and after every write, commit and request of every phase."""
    assert sweep(tmp_path, "sqlite:///state.db", port, first=1, step=1) > 80


@pytest.mark.parametrize("first", range(5))
def test_a_death_at_a_boundary_costs_nothing_on_postgresql(
    tmp_path: Path, port: int, postgres: PostgresServer, first: int
) -> None:
    """The same boundaries, every 25th from each of five starts, every time with an empty database."""
    number = 1 + 5 * first
    while True:
        root = tmp_path / f"b{number}"
        root.mkdir()
        died, outcome = kill_at_boundary(root, postgres.fresh(), port, number)
        assert (number, kept(outcome), outcome["jobs_created"]) == (number, must_hold(1), 1)
        if not died:
            return
        number += 25


def test_a_storm_of_kills_over_three_replicas_buys_nothing_twice(tmp_path: Path, store_url: str) -> None:
    """A seeded tenth of `make storm`; one create in ten is carried out and its answer lost, lists are late."""
    with provider_server(late=0.05, lose=0.1, slow=0.4, seed=7) as port:
        outcome = storm(tmp_path, store_url, port, kills=50, specs=20, seed=7)
    assert kept(outcome) == must_hold(20)
    assert outcome["kills"] >= 25, "a fast machine may be done before the last kill"


def test_replicas_stopped_past_their_lease_leave_one_live_job_a_run(tmp_path: Path, store_url: str) -> None:
    """SIGSTOP for longer than the lease, then SIGCONT: what a sleeper did too late is found and cancelled."""
    with provider_server(late=0.05, lose=0.0, slow=0.0, seed=3) as port:
        outcome = storm(tmp_path, store_url, port, kills=4, stops=10, specs=8, seed=3)
    assert kept(outcome) == must_hold(8)
    assert outcome["stops"] >= 1


@pytest.mark.parametrize(
    ("where", "jobs", "cancelled"),
    [("before GET /jobs?key", 1, 0), ("before POST /jobs", 2, 1), ("after POST /jobs", 1, 0)],
)
def test_a_sleeper_that_wakes_after_the_end_takes_back_what_it_bought(
    tmp_path: Path, store_url: str, port: int, where: str, jobs: int, cancelled: int
) -> None:
    """Stopped at the worst moments of a create: who wakes up with a second job cancels it, and the audit says so."""
    outcome = sleep_through_the_lease(tmp_path, store_url, port, where)
    assert kept(outcome) == must_hold(1)
    assert (outcome["jobs_created"], outcome["duplicates_cancelled"]) == (jobs, cancelled)


def test_without_looking_first_the_same_deaths_buy_jobs_twice(tmp_path: Path, port: int) -> None:
    """What proves that the tests above can fail: a client that never finds its own job creates another."""
    dearest = 0
    for number in range(1, 120):
        root = tmp_path / f"b{number}"
        root.mkdir()
        _died, outcome = kill_at_boundary(root, "sqlite:///state.db", port, number, adopts=False)
        dearest = max(dearest, outcome["jobs_created"])
        if dearest > 1:
            break
    assert dearest == 2


def test_two_stores_that_do_not_know_each_other_share_one_job(tmp_path: Path, port: int) -> None:
    """The key comes from the spec and what trains, not from a row: the second store finds the first one's job."""
    for number, root in enumerate((tmp_path / "one", tmp_path / "other")):
        root.mkdir()
        died, outcome = kill_at_boundary(root, "sqlite:///state.db", port, 0, forget=number == 0)
        assert not died
    assert outcome["jobs_created"] == 1
    assert outcome["adopted"] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="setrlimit on file size is Linux's way to a full disk here")
def test_a_full_disk_is_a_sentence_and_the_run_goes_on_afterwards(tmp_path: Path, port: int) -> None:
    """The database may not grow: the command says so; with room again the same command finishes."""
    root = tmp_path / "p"
    root.mkdir()
    code = """
import pathlib, resource, signal, sys
from tests.crash.storm import Storm, make_project

root = pathlib.Path(sys.argv[1])
storm = Storm(root, int(sys.argv[2]))
make_project(root, "sqlite:///s.db", 1)
ws = storm.workspace()
run = ws.apply(ws.specs()[0])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = (root / "s.db").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
try:
    run.wait()
except Exception as error:
    print(type(error).__name__, error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(ws.run(run.id).wait().row.phase)
"""
    said = subprocess.run(
        [sys.executable, "-c", code, str(root), str(port)], capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    lines = said.stdout.splitlines()
    assert lines[-1] == "done", said.stdout + said.stderr
    assert "Traceback" not in said.stderr
