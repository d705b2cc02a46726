"""Replicas while the world is unkind: the database restarts, its clock jumps, the disk is full or read-only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ftsdk.runs import database as database_module
from tests.conftest import PostgresServer
from tests.crash.storm import Storm, make_project, provider_server

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

RUNS = 12


def must_be_well(outcome: dict[str, Any], runs: int) -> None:
    """Every run done and promoted once, one job live, nothing held, the audit whole."""
    assert (outcome["failures"], outcome["done"], outcome["promotions"]) == ([], runs, runs)
    assert (outcome["most_live_of_a_run"], outcome["held"], outcome["audit_whole"]) == (1, 0, True)
    assert outcome["spent"] == outcome["settled"] > 0


def test_postgresql_restarted_under_load_loses_nothing(tmp_path: Path, postgres: PostgresServer) -> None:
    """Three workers; the server is restarted in order and crashed, twice each, while their runs advance."""
    with provider_server(late=0.05, lose=0.0, slow=0.0, seed=5) as port:
        made = Storm(tmp_path, port, lease_seconds=3.0)
        make_project(tmp_path, postgres.fresh(), RUNS)
        made.apply_all()
        workers = [made.worker(tmp_path / "said") for _ in range(3)]
        for how in ("fast", "immediate", "fast", "immediate"):
            time.sleep(0.8)
            postgres.restart(how)
        assert not any(made.wait(worker) for worker in workers)
        outcome = made.outcome()
    must_be_well(outcome, RUNS)
    said = (tmp_path / "said").read_text()
    assert "does not answer" in said, "nobody noticed: the runs were over before the restarts"
    assert "runs go on when it is back" in said
    assert "Traceback" not in said


def test_a_clock_that_jumps_under_load_costs_nothing(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour on, back, back again and on, the clock of the database itself; a replica dies at every jump."""
    for dialect, now in database_module.NOW.items():
        monkeypatch.setitem(database_module.NOW, dialect, f"({now} + (SELECT ahead FROM jumps))")
    with provider_server(late=0.05, lose=0.1, slow=0.4, seed=6) as port:
        made = Storm(tmp_path, port)
        make_project(tmp_path, store_url, RUNS)
        made.in_child(lambda ws: _execute(ws, "CREATE TABLE jumps (ahead FLOAT)", "INSERT INTO jumps VALUES (0)"))
        made.apply_all()
        replicas = [made.replica() for _ in range(3)]
        for ahead in (3600, 0, -3600, 0):
            time.sleep(0.5)
            made.in_child(lambda ws, ahead=ahead: _execute(ws, f"UPDATE jumps SET ahead = {ahead}"))
            os.kill(replicas[0], 9)
            made.wait(replicas.pop(0))
            replicas.append(made.replica())
        assert not any(made.wait(replica) for replica in replicas)
        must_be_well(made.outcome(), RUNS)


def _execute(ws: Any, *statements: str) -> None:
    with ws.database.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


SMALL_DISK = 'mount -t tmpfs -o size=8m tmpfs "$1" && exec "$2" -m tests.crash.small_disk "$1" "$3"'


def test_a_full_and_a_read_only_disk_are_sentences_and_nothing_is_lost(tmp_path: Path) -> None:
    """A disk of its own, full at every place where a run writes, then read-only: a job a spec in the end."""
    apart = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c"]
    tried = subprocess.run([*apart, 'mount -t tmpfs tmpfs "$1"', "sh", str(tmp_path)], capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip("this machine lets nobody mount a disk")
    with provider_server(late=0.0, lose=0.0, slow=0.0, seed=1) as port:
        found = subprocess.run(
            [*apart, SMALL_DISK, "sh", str(tmp_path), sys.executable, str(port)],
            capture_output=True, text=True, timeout=200, check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
    told = json.loads(found.stdout)
    assert (told["done"], told["promotions"], told["jobs_created"]) == (2, 2, 2)
    assert (told["held"], told["audit_whole"]) == (0, True)
    kinds = {one.partition(":")[0] for one in told["said"]}
    assert "StoreRefused" in kinds
    assert any("the disk of the store" in one and "is full" in one for one in told["said"])
    assert any("cannot be written" in one for one in told["said"]), told["said"][-3:]
    assert all("full" in one or "space" in one or "cannot be written" in one for one in told["said"]), told["said"]
