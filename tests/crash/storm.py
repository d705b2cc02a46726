"""Runs under kill -9: a workspace, a loopback provider, replicas that die, and what must hold afterwards.

`sweep` kills a replica at every boundary, before and after each statement, commit, request and kept file; `storm` kills
random ones of three, again and again, and may stop them for longer than their lease. Tuned models need a deployment of
their own, and every job costs money. Children are forked from a process that has imported everything, so that a death
costs milliseconds. ``python -m tests.crash.storm --kills 500`` prints what came out.
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
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import obstore
from sqlalchemy import Engine, event

from ftsdk.data.encodings import encoding
from ftsdk.errors import StoreUnreachable, UsageError
from ftsdk.runs import audit, lease, proof_phases, reconcile
from ftsdk.runs import store as store_module
from ftsdk.runs import worker as worker_module
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
  prices: [{model: smollm2-135m-instruct, training: 100.0}]  # the embedded engine is free: here runs hold money
  teams: {search: {paths: ["specs/**"], budget: {usd_per_month: 1000.0}}}
  people: {omar: {github: omar}}
"""
OMAR = "github:omar"
ARMS = "    arms: [base, tuned]\n"
MOST_BOUNDARIES = 400
# What every child would load anew: a fork of a process that has it is ready in milliseconds.
LOADED = ("alembic.command", "psycopg", "ftsdk.planning", "ftsdk.plan.build", "ftsdk.runs.inputs", "ftsdk.runs.world")
LANES = 2


@contextmanager
def provider_server(late: float, lose: float, slow: float, seed: int, looks: int = 2) -> Iterator[int]:
    """A loopback provider in a process of its own; yields its port."""
    figures = (late, lose, slow, seed, looks)
    command = [sys.executable, "-m", "tests.loopback_server", *map(str, figures)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.kill()


def make_project(root: Path, url: str, specs: int, *, agreed: bool = False) -> None:
    """A project with so many specs; each trains something else and is a run of its own, ``agreed`` to by Omar."""
    for name, text in example_files().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "ftsdk.yaml").write_text(PROJECT.replace("URL", url))
    (root / "specs/example.yaml").unlink()
    for number in range(specs):
        text = _spec(number)
        if agreed:
            text = text.replace("{alias: production}", "{alias: production, approvals: {from: [person:omar]}}")
        (root / f"specs/s{number}.yaml").write_text(text)


def _spec(number: int) -> str:
    text = SPEC.replace("name: example", f"name: s{number}").replace("versus: best_prompted", "versus: base")
    lines = [ARMS if line.lstrip().startswith("arms:") else line for line in text.splitlines(keepends=True)]
    return "".join(lines).replace("  dataset:", f"  method: {{seed: {number}}}\n  dataset:", 1)


class Storm:
    """One project, one provider, and children that drive its runs; where it is not to pass, every gate fails."""

    def __init__(
        self, root: Path, port: int, *, adopts: bool = True, passes: bool = True, lease_seconds: float = 60.0,
        meanwhile: Callable[[Workspace], None] = lambda _ws: None,
    ) -> None:  # fmt: skip
        self.root = root
        self._meanwhile = meanwhile  # what people do between two ticks
        proof_phases.AGREEMENT_SECONDS = 0.05
        self._port = port
        self._adopts = adopts
        self._answers = right_answers() if passes else {}
        lease.LEASE_SECONDS = reconcile.LEASE_SECONDS = store_module.LEASE_SECONDS = lease_seconds
        self._children: set[int] = set()
        for module in LOADED:
            import_module(module)
        encoding("o200k_base")

    def workspace(self, boundary: Callable[[str], None] = lambda _where: None) -> Workspace:
        """The project, opened."""
        provider = LoopbackProvider(
            self._port, tuned=self._answers, adopts=self._adopts, serves=False, boundary=boundary, request_seconds=0.15
        )
        return Workspace(self.root, providers={"local": provider}, poll_seconds=0.0)

    def forget(self) -> None:
        """Let the provider start anew."""
        LoopbackProvider(self._port, tuned={}).forget()

    def apply_all(self) -> None:
        """Start a run of every spec, in a child, so that this process holds no database."""
        self.in_child(lambda ws: [ws.apply(spec) for spec in ws.specs()])

    def in_child(self, act: Callable[[Workspace], Any]) -> None:
        """Do something to the project in a process of its own."""
        assert not self.wait(self.fork(lambda: act(self.workspace())))

    def replica(self, kill_at: int | None = None, sleep_at: str | None = None, spec: str | None = None) -> int:
        """Fork a process that ticks whatever is due until all runs have ended, or that applies and drives one spec.

        It dies at its boundary ``kill_at``, and stops itself once where the boundary is called ``sleep_at``.
        """
        return self.fork(lambda: self._drive(_boundary(kill_at, sleep_at), spec))

    def fork(self, act: Callable[[], Any]) -> int:
        """Do something in a process of its own; `wait` for it."""
        child = os.fork()
        if child == 0:
            self._children.clear()
            _end_with(act)
        self._children.add(child)
        return child

    def _drive(self, boundary: Callable[[str], None], spec: str | None) -> None:
        ws = self.workspace(boundary)
        _call_around_writes(boundary)
        run = None if spec is None else ws.apply(ws.root / "specs" / f"{spec}.yaml").id
        while any(row.phase not in ENDED for row in (ws.store.runs() if run is None else [ws.store.run(run)])):
            self._meanwhile(ws)
            if reconcile.tick(ws.store, run, ws._world_of) is None:
                ws.store.free_of_dead()
                time.sleep(0.01)

    def worker(self, said: Path) -> int:
        """Fork a real worker; what it says goes into a file. It ends when all runs have."""
        return self.fork(lambda: self._work(said))

    def _work(self, said: Path) -> None:
        worker_module.TICK_SECONDS = 0.1
        worker_module.DEAD_SECONDS = 0.5
        ws, stop = self.workspace(), threading.Event()

        def say(sentence: str) -> None:
            with said.open("a") as file:
                file.write(f"{sentence}\n")

        def watch() -> None:
            while not stop.wait(0.2):
                with suppress(StoreUnreachable):
                    if all(row.phase in ENDED for row in ws.store.runs()):
                        stop.set()

        threading.Thread(target=watch, daemon=True).start()
        while not stop.is_set():
            try:
                ws.worker(threads=2, say=say).run(stop)
            except StoreUnreachable as error:  # at its very start: whoever supervises workers starts it again
                say(str(error))
                time.sleep(0.2)

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
        held = LoopbackProvider(self._port, tuned={}).everything()
        live = Counter(job["key"] for job in held["jobs"] if job["state"] != "cancelled")
        with ws.database.read() as connection:
            figures = {name: connection.exec_driver_sql(query).scalar() for name, query in COUNTED.items()}
        entries = [entry.action for entry in audit.entries(ws.database)]
        outcome = {
            "runs": len(rows),
            "done": sum(row.phase == "done" for row in rows),
            "failures": sorted({row.failure.message for row in rows if row.failure}),
            "jobs_created": len(held["jobs"]),
            "jobs_live": sum(live.values()),
            "most_live_of_a_run": max(live.values(), default=0),
            "duplicates_cancelled": entries.count("duplicate.cancelled"),
            "adopted": sum("was there already" in e.text for row in rows for e in ws.store.events(row.id)),
            "deployments_started": len(held["deployed"]),
            "deployments": len(held["deployments"]),
            "promotions": figures["promotions"],
            "held_at_first": figures["reserved"] / 1e6,
            "held": figures["held"] / 1e6,
            "spent": figures["spent"] / 1e6,
            "settled": figures["settled"] / 1e6,
            "audit_whole": audit.verify(ws.database).whole,
        }
        ws.close()
        return outcome


COUNTED = {
    "held": "SELECT CAST(coalesce(sum(held), 0) AS bigint) FROM budgets",
    "spent": "SELECT CAST(coalesce(sum(spent), 0) AS bigint) FROM budgets",
    "reserved": "SELECT CAST(coalesce(sum(held), 0) AS bigint) FROM reservations",
    "settled": "SELECT CAST(coalesce(sum(spent), 0) AS bigint) FROM reservations",
    "promotions": "SELECT count(*) FROM aliases",
}


def _end_with(act: Callable[[], Any]) -> NoReturn:
    """Do something in a forked child and leave without the parent's cleaning up."""
    try:
        act()
    except BaseException:  # noqa: BLE001  a child must never run the parent's code
        import traceback

        traceback.print_exc()
        os._exit(3)
    os._exit(0)


def _boundary(kill_at: int | None, sleep_at: str | None) -> Callable[[str], None]:
    """What is called at every boundary: it counts them, and kills or stops this process at one."""
    passed, slept = 0, False

    def boundary(where: str) -> None:
        nonlocal passed, slept
        passed += 1
        if passed == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if sleep_at is not None and where.startswith(sleep_at) and not slept:
            slept = True
            os.kill(os.getpid(), signal.SIGSTOP)

    return boundary


def _call_around_writes(boundary: Callable[[str], None]) -> None:
    """Count what leaves a trace: before each changing statement and its commit, before and after each kept file.

    After a statement is before the next, or before the commit; a death between two reads leaves what one after the
    write before them leaves, so reads are not counted, nor are the commits of those who found nothing to do.
    """
    wrote: set[int] = set()

    def before(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE", "WITH")):
            wrote.add(id(connection))
            boundary(statement)

    def commit(connection: Any) -> None:
        if id(connection) in wrote:
            wrote.discard(id(connection))
            boundary("commit")

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "commit", commit)
    put = obstore.put

    def put_between(store: Any, key: str, *arguments: Any, **options: Any) -> Any:
        boundary(f"before put {key}")
        done = put(store, key, *arguments, **options)
        boundary(f"after put {key}")
        return done

    obstore.put = put_between


def agree(ws: Workspace) -> None:
    """Omar says yes to whatever waits for him."""
    for asked in ws.approvals.list():
        with suppress(UsageError):  # his other hand was quicker
            ws.approvals.decide(asked.digest, OMAR, "approve")


def stop_in_training(ws: Workspace) -> None:
    """Somebody cancels every run whose job is there."""
    for row in ws.store.runs():
        if row.phase == "train":
            ws.run(row.id).cancel(OMAR)


def sweep(
    root: Path,
    url: str,
    port: int,
    *,
    adopts: bool = True,
    passes: bool = True,
    first: int = 0,
    most: int = MOST_BOUNDARIES,
    meanwhile: Callable[[Workspace], None] = lambda _ws: None,
) -> dict[str, Any]:
    """A run for every boundary from ``first`` on: its first replica dies there, and a second one finishes.

    ``boundaries`` in what comes back says at how many a replica died.
    """
    made = Storm(root, port, adopts=adopts, passes=passes, meanwhile=meanwhile)
    made.forget()
    make_project(root, url, most, agreed=meanwhile is agree)
    made.in_child(lambda ws: ws.store.runs())  # the schema is there before anybody dies
    lanes = [made.fork(lambda lane=lane: _sweep_lane(made, range(first + lane, most, LANES))) for lane in range(LANES)]
    assert not any(made.wait(lane) for lane in lanes)
    return {"boundaries": sum(1 for _ in root.glob("died-*")), **made.outcome()}


def _sweep_lane(made: Storm, numbers: range) -> None:
    """Every second boundary, so that two cores have something to do."""
    for number in numbers:
        if not made.wait(made.replica(kill_at=number + 1, spec=f"s{number}")):
            return
        (made.root / f"died-{number}").touch()
        assert not made.wait(made.replica(spec=f"s{number}"))


def two_stores(roots: tuple[Path, Path], urls: tuple[str, str], port: int, *, at_once: bool) -> list[dict[str, Any]]:
    """The same spec applied from two empty stores, one after the other or both at the same moment."""
    made = [Storm(root, port) for root in roots]
    made[0].forget()
    for storm_, root, url in zip(made, roots, urls, strict=True):
        make_project(root, url, specs=1)
        storm_.apply_all()
    if at_once:
        for storm_, child in [(storm_, storm_.replica()) for storm_ in made]:
            assert not storm_.wait(child)
    else:
        for storm_ in made:
            assert not storm_.wait(storm_.replica())
    return [storm_.outcome() for storm_ in made]


def sleep_through_the_lease(root: Path, url: str, port: int, where: str) -> dict[str, Any]:
    """One run whose first replica stops at ``where`` and wakes up when a second one has finished the run."""
    made = Storm(root, port, lease_seconds=1.0)
    made.forget()
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
