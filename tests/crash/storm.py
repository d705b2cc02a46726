"""Runs under kill -9: a workspace, a loopback provider, replicas that die, and what must hold afterwards.

`kill_at_boundary` kills one replica once, before or after a statement, commit or request; `storm` kills random ones of
three, again and again, and may stop them for longer than their lease. Children are forked from a process that has
imported everything, so that a death costs milliseconds. ``python -m tests.crash.storm --kills 500`` prints what
came out.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import Engine, event

from ftsdk.runs import audit, lease, reconcile
from ftsdk.runs.value import ENDED
from ftsdk.testing.example import SPEC, example_files, right_answers
from ftsdk.workspace import Workspace
from tests.loopback_provider import LoopbackProvider
from tests.postgres import programs, server

PROJECT = """\
apiVersion: ftsdk/v1
kind: Project
spec:
  store: {url: "URL"}
  teams: {search: {paths: ["specs/**"], budget: {usd_per_month: 1000.0}}}
"""
SMALL = "    arms: [base, tuned]\n"


@contextmanager
def provider_server(late: float, lose: float, slow: float, seed: int) -> Iterator[int]:
    """A loopback provider in a process of its own; yields its port."""
    command = [sys.executable, "-m", "tests.loopback_provider", str(late), str(lose), str(slow), str(seed)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.kill()


def make_project(root: Path, url: str, specs: int) -> None:
    """A project with so many specs; each is a run of its own."""
    for name, text in example_files().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "ftsdk.yaml").write_text(PROJECT.replace("URL", url))
    (root / "specs/example.yaml").unlink()
    for number in range(specs):
        text = SPEC.replace("name: example", f"name: s{number}")
        lines = [SMALL if line.lstrip().startswith("arms:") else line for line in text.splitlines(keepends=True)]
        (root / f"specs/s{number}.yaml").write_text("".join(lines).replace("versus: best_prompted", "versus: base"))


class Storm:
    """One project, one provider, and children that drive its runs."""

    def __init__(self, root: Path, port: int, *, adopts: bool = True, lease_seconds: float = 60.0) -> None:
        self.root = root
        self._port = port
        self._adopts = adopts
        lease.LEASE_SECONDS = reconcile.LEASE_SECONDS = lease_seconds
        from ftsdk.runs import store

        store.LEASE_SECONDS = lease_seconds
        self._children: set[int] = set()

    def workspace(self, boundary: Callable[[str], None] = lambda _where: None) -> Workspace:
        """The project, opened."""
        provider = LoopbackProvider(
            self._port, tuned=right_answers(), adopts=self._adopts, boundary=boundary, request_seconds=0.15
        )
        return Workspace(self.root, providers={"local": provider}, poll_seconds=0.0)

    def apply_all(self) -> None:
        """Start a run of every spec, in a child, so that this process holds no database."""
        self._in_child(lambda ws: [ws.apply(spec) for spec in ws.specs()])

    def _in_child(self, act: Callable[[Workspace], Any]) -> None:
        child = os.fork()
        if child == 0:
            _end_with(lambda: act(self.workspace()))
        _pid, status = os.waitpid(child, 0)
        assert status == 0, f"the child ended with {status}"

    def replica(self, kill_at: int | None = None, sleep_at: str | None = None) -> int:
        """Fork a process that ticks whatever is due until all runs have ended.

        It dies at its boundary ``kill_at``, and stops itself once where the boundary is called ``sleep_at``.
        """
        child = os.fork()
        if child == 0:
            _end_with(lambda: self._drive(kill_at, sleep_at))
        self._children.add(child)
        return child

    def _drive(self, kill_at: int | None, sleep_at: str | None) -> None:
        passed, slept = 0, False

        def boundary(where: str) -> None:
            nonlocal passed, slept
            passed += 1
            if passed == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            if sleep_at is not None and where.startswith(sleep_at) and not slept:
                slept = True
                os.kill(os.getpid(), signal.SIGSTOP)

        ws = self.workspace(boundary)
        _call_around_statements(boundary)
        idle = 0
        while any(row.phase not in ENDED for row in ws.store.runs()):
            idle = 0 if reconcile.tick(ws.store, None, ws._world_of) else idle + 1
            if idle:
                ws.store.free_of_dead()
                time.sleep(0.01)

    def wait(self, child: int) -> bool:
        """Wait for a replica; True when it was killed."""
        _pid, status = os.waitpid(child, 0)
        self._children.discard(child)
        if os.WIFSIGNALED(status):
            return True
        assert os.WEXITSTATUS(status) == 0, "a replica raised"
        return False

    def reap(self) -> list[int]:
        """Replicas that ended by themselves since the last call."""
        ended = []
        for child in list(self._children):
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                self._children.discard(child)
                assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "a replica raised"
                ended.append(child)
        return ended

    def outcome(self) -> dict[str, Any]:
        """What there is in the end, counted."""
        ws = self.workspace()
        rows = ws.store.runs()
        jobs = LoopbackProvider(self._port, tuned={}).jobs()
        live = Counter(job["key"] for job in jobs if job["state"] != "cancelled")
        with ws.database.read() as connection:
            held = connection.exec_driver_sql("SELECT coalesce(sum(held), 0) FROM budgets").scalar()
            spent = connection.exec_driver_sql("SELECT coalesce(sum(spent), 0) FROM budgets").scalar()
            settled = connection.exec_driver_sql("SELECT coalesce(sum(spent), 0) FROM reservations").scalar()
            promotions = connection.exec_driver_sql("SELECT count(*) FROM aliases").scalar()
        entries = [entry.action for entry in audit.entries(ws.database)]
        outcome = {
            "runs": len(rows),
            "done": sum(row.phase == "done" for row in rows),
            "failures": sorted({row.failure.message for row in rows if row.failure}),
            "jobs_created": len(jobs),
            "jobs_live": sum(live.values()),
            "most_live_of_a_run": max(live.values(), default=0),
            "duplicates_cancelled": entries.count("duplicate.cancelled"),
            "adopted": sum("was there already" in e.text for row in rows for e in ws.store.events(row.id)),
            "promotions": promotions,
            "held": int(held or 0),
            "spent_equals_settled": spent == settled,
            "audit_whole": audit.verify(ws.database).whole,
        }
        ws.close()
        return outcome


def _end_with(act: Callable[[], Any]) -> NoReturn:
    """Do something in a forked child and leave without the parent's cleaning up."""
    try:
        act()
    except BaseException:  # noqa: BLE001  a child must never run the parent's code
        import traceback

        traceback.print_exc()
        os._exit(3)
    os._exit(0)


def _call_around_statements(boundary: Callable[[str], None]) -> None:
    """Count what changes the database: before and after each such statement, before and after the commit.

    A death between two reads leaves what a death after the write before them leaves, so reads are not counted.
    """

    def around(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            boundary(statement)

    event.listen(Engine, "before_cursor_execute", around)
    event.listen(Engine, "after_cursor_execute", around)
    event.listen(Engine, "commit", lambda connection: _is_read(connection) or boundary("commit"))


def _is_read(connection: Any) -> bool:
    return bool(connection.get_execution_options().get("reads", False))


def kill_at_boundary(
    root: Path, url: str, port: int, number: int, *, adopts: bool = True, forget: bool = True
) -> tuple[bool, dict[str, Any]]:
    """One run whose first replica dies at boundary ``number``, and a second that finishes; False when none died."""
    storm = Storm(root, port, adopts=adopts)
    if forget:
        LoopbackProvider(port, tuned={}).forget()
    make_project(root, url, specs=1)
    storm.apply_all()
    died = storm.wait(storm.replica(kill_at=number))
    if died:
        assert not storm.wait(storm.replica())
    return died, storm.outcome()


def sleep_through_the_lease(root: Path, url: str, port: int, where: str) -> dict[str, Any]:
    """One run whose first replica stops at ``where`` and wakes up when a second one has finished the run."""
    made = Storm(root, port, lease_seconds=1.0)
    LoopbackProvider(port, tuned={}).forget()
    make_project(root, url, specs=1)
    made.apply_all()
    sleeper = made.replica(sleep_at=where)
    _pid, status = os.waitpid(sleeper, os.WUNTRACED)
    assert os.WIFSTOPPED(status), "it never came to that place"
    assert not made.wait(made.replica())
    os.kill(sleeper, signal.SIGCONT)
    assert not made.wait(sleeper)
    return made.outcome()


def storm(
    root: Path, url: str, port: int, *, kills: int, specs: int, seed: int, adopts: bool = True, stops: int = 0
) -> dict[str, Any]:
    """Three replicas on ``specs`` runs, ``kills`` random deaths and ``stops`` that outlast a lease; then the end."""
    chance = random.Random(seed)
    made = Storm(root, port, adopts=adopts, lease_seconds=1.0 if stops else 60.0)
    make_project(root, url, specs)
    made.apply_all()
    alive = [made.replica() for _ in range(3)]
    asleep: list[tuple[float, int]] = []
    killed = stopped = 0
    deadline = time.monotonic() + 600
    while alive and time.monotonic() < deadline:
        time.sleep(chance.uniform(0.005, 0.08))
        ended = made.reap()
        alive = [child for child in alive if child not in ended]
        asleep = [(at, child) for at, child in asleep if child not in ended]
        for at, child in list(asleep):
            if time.monotonic() > at:
                os.kill(child, signal.SIGCONT)
                asleep.remove((at, child))
        awake = [child for child in alive if child not in [child for _, child in asleep]]
        if stopped < stops and awake and chance.random() < 0.3:
            stopped += 1
            child = chance.choice(awake)
            os.kill(child, signal.SIGSTOP)
            asleep.append((time.monotonic() + 1.6, child))
        elif killed < kills and awake:
            child = chance.choice(awake)
            os.kill(child, signal.SIGKILL)
            made.wait(child)
            killed += 1
            alive[alive.index(child)] = made.replica()
    for _at, child in asleep:
        os.kill(child, signal.SIGCONT)
    for child in alive:
        made.wait(child)
    return {"kills": killed, "stops": stopped, **made.outcome()}


def main() -> None:
    """A whole storm, by the figures on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--specs", type=int, default=60)
    parser.add_argument("--stops", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL of its own instead of SQLite")
    parser.add_argument("--no-adoption", action="store_true", help="never look for a job that may exist")
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as root,
        database_url(args.postgres) as url,
        provider_server(late=0.05, lose=0.1, slow=0.4, seed=args.seed) as port,
    ):
        began = time.monotonic()
        found = storm(
            Path(root), url, port, kills=args.kills, specs=args.specs, seed=args.seed, stops=args.stops,
            adopts=not args.no_adoption,
        )  # fmt: skip
    print(json.dumps({**found, "seconds": round(time.monotonic() - began, 1)}, indent=2))


@contextmanager
def database_url(postgres: bool) -> Iterator[str]:
    """An empty database: a file in the project, or one of a server of its own."""
    if not postgres:
        yield "sqlite:///state.db"
        return
    where = programs()
    if where is None:
        raise SystemExit("PostgreSQL is not on this machine: install the package postgresql")
    with server(where) as running:
        yield running.fresh()


if __name__ == "__main__":
    main()
