"""The store when the world is unkind: locked, read-only, restarted, no database, a clock that jumps."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ftsdk.errors import FtsdkError, StateLocked, StoreRefused, StoreUnreachable, UsageError
from ftsdk.runs import database as database_module
from ftsdk.runs import reconcile
from ftsdk.runs.database import Database
from ftsdk.runs.presence import beat, claim_slot, leave, living
from ftsdk.runs.store import Store
from ftsdk.testing import workspace
from tests.ftsdk.runs.made import plan_of
from tests.postgres import PostgresServer


def test_a_store_that_another_process_locks_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_MILLISECONDS", 50)
    store = Store(Database("sqlite:///s.db", tmp_path))
    holder = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreRefused, match="locked by another process"):
        store.add_run(plan_of(), {})
    holder.execute("ROLLBACK")
    holder.close()
    assert store.add_run(plan_of(), {})[1], "and it goes on when the lock is gone"


def test_a_run_whose_store_is_locked_stays_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locked while it trains: whoever watches is told, the run does not fail, and the same command finishes it."""
    monkeypatch.setattr(database_module, "BUSY_MILLISECONDS", 50)
    with workspace() as ws:
        run = ws.apply("specs/example.yaml")
        holder = sqlite3.connect(ws.root / ".ftsdk/state.db", isolation_level=None)
        with pytest.raises(StoreRefused, match="locked by another process"):
            for event in run.watch():
                if event.data.get("phase") == "train":
                    holder.execute("BEGIN IMMEDIATE")
        assert run.row.failure is None
        holder.execute("ROLLBACK")
        holder.close()
        assert run.wait().row.phase == "done"


def test_a_store_that_another_living_host_works_on_is_left_to_it() -> None:
    """SQLite's locks do not hold across hosts: who comes second is told, and nothing is started."""
    with workspace() as ws:
        run = ws.apply("specs/example.yaml")
        seen = "UPDATE workers SET seen_at = seen_at - 3600"
        with ws.database.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO workers VALUES ('elsewhere/boot/1/1', 'elsewhere/boot', 'worker', 0, unixepoch('now'))"
            )
        for start in (run.wait, lambda: ws.worker(say=print).run(threading.Event())):
            with pytest.raises(StateLocked, match="in use by worker on host elsewhere; SQLite serves one host"):
                start()
        assert (run.row.phase, run.row.owner) == ("check", None)
        with ws.database.begin() as connection:
            connection.exec_driver_sql(seen)
        assert run.wait().row.phase == "done", "a host that is silent for long is gone"


def test_a_run_that_another_host_holds_is_left_to_it_until_its_lease_is_over(store_url: str) -> None:
    store = Store(Database(store_url, Path()))
    run, _new = store.add_run(plan_of(), {})
    held = "UPDATE runs SET owner = 'elsewhere/boot/1/1/1', lease_until = due_at + "
    with store.database.begin() as connection:
        connection.exec_driver_sql(f"{held} 60")
    assert (store.claim(run.id), store.claim_due(), store.free_of_dead()) == (None, None, 0)
    with store.database.begin() as connection:
        connection.exec_driver_sql(f"{held} 0")
    taken = store.claim_due()
    assert taken is not None
    store.database.close()


def test_a_look_for_work_costs_the_same_however_many_runs_wait(store_url: str) -> None:
    """Both queries go along the index of due times; neither reads the runs that are not due."""
    store = Store(Database(store_url, Path()))
    explain = "EXPLAIN QUERY PLAN" if store.database.dialect == "sqlite" else "EXPLAIN"
    with store.database.begin() as connection:
        if store.database.dialect == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # the table is empty
            connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        for find in store.moves.finds:
            told = "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {find}", {"me": "nobody"}))
            assert "runs_due" in told, told
            assert "due_at<" in told or "due_at>" in told or "Index Cond" in told, told
    store.database.close()


def test_an_intent_of_a_clock_that_went_back_is_waited_for_from_now_on(store_url: str) -> None:
    """Written an hour ahead: a lost create may be on the wire for seconds, not for an hour."""
    store = Store(Database(store_url, Path()))
    run, _new = store.add_run(plan_of(), {})
    claimed = store.claim(run.id)
    assert claimed is not None
    store.intend(claimed, "create:k")
    with store.database.begin() as connection:
        connection.exec_driver_sql("UPDATE effects SET at = at + 3600")
    assert 0 < store.intend(claimed, "create:k")[1] < 1
    time.sleep(0.02)
    assert store.intend(claimed, "create:k")[1] >= 0.01
    store.database.close()


def test_a_file_that_is_no_database_is_a_sentence_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "s.db").write_text("dear diary, " * 100)
    with pytest.raises(FtsdkError, match="damaged or no database"):
        Database("sqlite:///s.db", tmp_path)
    assert (tmp_path / "s.db").read_text().startswith("dear diary")


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/usr/bin/setpriv").exists(), reason="root can write anywhere")
def test_a_read_only_directory_is_a_sentence(tmp_path: Path) -> None:
    Database("sqlite:///s.db", tmp_path).close()
    tmp_path.chmod(0o555)
    code = (
        "import sys, pathlib; from ftsdk.runs.database import Database; from ftsdk.runs.presence import beat\n"
        "from ftsdk.errors import FtsdkError\n"
        "try: beat(Database('sqlite:///s.db', pathlib.Path(sys.argv[1])), 'worker')\n"
        "except FtsdkError as error: print(error)\n"
    )
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    command = [*as_nobody, sys.executable, "-c", code, str(tmp_path)]
    if as_nobody:  # the way to the directory must be open to nobody
        for parent in list(tmp_path.parents)[:-2]:
            parent.chmod(parent.stat().st_mode | 0o755)
    said = subprocess.run(command, capture_output=True, text=True, timeout=60)
    tmp_path.chmod(0o755)
    assert "cannot be written" in said.stdout, said.stderr


def test_a_server_that_is_not_there_is_a_sentence_without_the_password() -> None:
    with pytest.raises(StoreUnreachable, match="does not answer") as said:
        Database("postgresql://ft:hunter2@127.0.0.1:1/ft", Path())
    assert "hunter2" not in str(said.value)


def test_a_restarted_server_is_waited_for_and_nothing_is_lost(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL crashes and comes back while a run is driven: the run ends as if nothing had been."""
    monkeypatch.setattr(reconcile, "BACKOFF_SECONDS", 0.2)
    url = postgres.fresh()
    project = f"apiVersion: ftsdk/v1\nkind: Project\nspec: {{store: {{url: '{url}'}}}}\n"
    with workspace(files={"ftsdk.yaml": project}) as ws:
        run = ws.apply("specs/example.yaml")
        crashed = threading.Event()

        def crash() -> None:
            postgres.stop("immediate")
            postgres.start()
            crashed.set()

        for event in run.watch():
            if event.data.get("phase") == "converge":
                threading.Thread(target=crash).start()
                break
        crashed.wait(300)
        assert run.wait().row.phase == "done"
        assert ws.store.aliases() == ("example@production",)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumped_holds_nobody_up(hours: int, store_url: str) -> None:
    """Rows written by a clock that has since gone back (their times lie ahead), or on (they lie long ago)."""
    store = Store(Database(store_url, Path()))
    run, _new = store.add_run(plan_of(), {})
    claimed = store.claim(run.id)
    assert claimed is not None
    with store.database.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE runs SET due_at = due_at - {hours} * 3600, lease_until = lease_until - {hours} * 3600, "
            "owner = 'elsewhere/boot/1/1/1'"
        )
    taken = store.claim_due()
    assert taken is not None
    assert taken.fence == claimed.fence + 1
    store.database.close()


def test_a_duty_is_claimed_once_a_period(store_url: str) -> None:
    database = Database(store_url, Path())
    assert [claim_slot(database, "retention", "2026-11-22") for _ in range(3)] == [True, False, False]
    assert claim_slot(database, "retention", "2026-11-23")
    database.close()


def test_who_drives_is_known_while_it_does(store_url: str) -> None:
    database = Database(store_url, Path())
    assert living(database) == ()
    beat(database, "worker")
    beat(database, "worker")
    assert [worker.kind for worker in living(database)] == ["worker"]
    leave(database)
    assert living(database) == ()
    database.close()


def test_only_one_of_many_takes_a_run(store_url: str) -> None:
    """Eight threads claim one run at the same moment, again and again: one gets it."""
    store = Store(Database(store_url, Path()))
    for number in range(10):
        run, _new = store.add_run(plan_of(f"spec-{number}"), {})
        gate, got = threading.Barrier(8), []

        def take(of: str = run.id, gate: threading.Barrier = gate, got: list[str] = got) -> None:
            gate.wait()
            if store.claim(of) is not None:
                got.append(of)
            gate.wait()  # who has ended holds nothing

        threads = [threading.Thread(target=take) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got == [run.id]
    store.database.close()


@pytest.mark.parametrize("url", ["mysql://h/d", "not a url", ""])
def test_a_url_of_another_kind_names_those_that_work(url: str) -> None:
    with pytest.raises(UsageError, match="neither SQLite nor PostgreSQL") as said:
        Database(url, Path())
    assert "postgresql://user@host/database" in str(said.value)
