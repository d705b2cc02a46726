"""Replicas that share many runs in flight: who looks at what and when, how long a tick takes, what the database does.

Bars: of 1,000 runs no job is looked at twice in an interval; the load of the database by run and minute is reported for
100, 1,000 and 10,000 runs, and how it grows. Three real workers of four threads on a PostgreSQL of their own, and one
on SQLite; every look is an HTTP request that brings news, written as an event. ``python -m benchmarks.replicas``, about
a quarter of an hour; ``--sizes 1000 --interval 15 --seconds 45`` measures one case.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text

from benchmarks.transitions import databases
from ftsdk.plan.value import Plan
from ftsdk.runs import worker as worker_module
from ftsdk.runs.reconcile import tick
from ftsdk.testing.example import example_files
from ftsdk.workspace import Workspace
from tests.loopback_provider import LoopbackProvider
from tests.loopback_server import Jobs, serve

SIZES = (100, 1_000, 10_000)
WORKERS = {"sqlite": 1, "postgresql": 3}
STARTING = 12.0  # seconds from the start of the workers to the first look
PROJECT = 'apiVersion: ftsdk/v1\nkind: Project\nspec: {store: {url: "URL"}}\n'


def main() -> None:
    """Print a line for every database and number of runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--interval", type=float, default=120.0, help="seconds between two looks at a job")
    parser.add_argument("--seconds", type=float, default=130.0, help="how long is measured")
    parser.add_argument("--only", choices=sorted(WORKERS))
    parser.add_argument("--replica", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.replica:
        root, port, first, last = args.replica
        print(json.dumps(replicate(Path(root), int(port), args.interval, float(first), float(last))))
        return
    for name, url in databases():
        for size in args.sizes if args.only in (None, name) else ():
            with tempfile.TemporaryDirectory() as root:
                print(told(name, size, args, measure(Path(root), url, WORKERS[name], size, args)), flush=True)


def measure(root: Path, url: str, workers: int, size: int, args: argparse.Namespace) -> dict[str, Any]:
    """One case: so many runs in flight, looked at by so many workers."""
    jobs = Jobs(looks=sys.maxsize)
    server = serve(jobs)
    port = server.server_address[1]
    first = fill(root, url, port, jobs, size, args.interval)
    last = first + args.seconds
    command = [sys.executable, "-m", "benchmarks.replicas", "--interval", str(args.interval), "--replica", str(root)]
    started = [
        subprocess.Popen([*command, str(port), str(first), str(last)], stdout=subprocess.PIPE) for _ in range(workers)
    ]
    before, after = rows_read(root, port, first), rows_read(root, port, last)
    found = [json.loads(process.communicate()[0]) for process in started]
    server.shutdown()
    server.server_close()
    looks: dict[str, list[float]] = defaultdict(list)
    for at, job in jobs.looked():
        looks[job].append(at)
    gaps = [later - earlier for times in looks.values() for earlier, later in pairwise(times)]
    return {
        "looks": sum(map(len, looks.values())),
        "looked_at": len(looks),
        "too_soon": sum(gap < args.interval for gap in gaps),
        "ticks": sorted(seconds for one in found for seconds in one["ticks"]),
        "empty": sorted(seconds for one in found for seconds in one["empty"]),
        "statements": sum(one["statements"] for one in found),
        "rows_read": None if before is None or after is None else after - before,
        "said": [said for one in found for said in one["said"]],
    }


def fill(root: Path, url: str, port: int, jobs: Jobs, size: int, interval: float) -> float:
    """A project with so many runs in training, due evenly over one interval; returns when that begins."""
    for name, content in {**example_files(), "ftsdk.yaml": PROJECT.replace("URL", url)}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    ws = opened(root, port, interval)
    run = ws.apply("specs/example.yaml").id
    plan: Plan = ws.store.plan(run)
    chance = random.Random(size)
    first = time.monotonic() + STARTING
    with ws.database.begin() as connection:
        connection.execute(text("DELETE FROM events"))
        connection.execute(text("DELETE FROM runs"))
        [now] = connection.execute(text(f"SELECT {ws.database.now}")).one()
        rows = [
            {
                "name": f"s{number}",
                "plan": plan.model_dump_json(by_alias=True),
                "data": json.dumps({"job": jobs.create(f"k{number}")["id"], "cursor": "", "inputs": {}}),
                "now": now,
                "due": now + first - time.monotonic() + chance.uniform(0, interval),
            }
            for number in range(size)
        ]
        connection.execute(
            text(
                "INSERT INTO runs (name, fingerprint, digest, phase, plan, data, created_at, updated_at, due_at) "
                "VALUES (:name, 'f', 'd', 'train', :plan, :data, :now, :now, :due)"
            ),
            rows,
        )
    if ws.database.dialect == "postgresql":
        with ws.database.begin() as connection:
            connection.execute(text("ANALYZE runs"))
    ws.close()
    return first


def opened(root: Path, port: int, interval: float) -> Workspace:
    """The project, whose connection is the provider on loopback."""
    provider = LoopbackProvider(port, tuned={}, request_seconds=10.0)
    return Workspace(root, providers={"local": provider}, poll_seconds=interval)


def rows_read(root: Path, port: int, at: float) -> int | None:
    """Rows that PostgreSQL has read by a moment; None on SQLite, which does not tell."""
    time.sleep(max(at - time.monotonic(), 0.0))
    ws = opened(root, port, 1.0)
    found = None
    if ws.database.dialect == "postgresql":
        query = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables"
        with ws.database.read() as connection:
            found = int(connection.execute(text(query)).scalar_one())
    ws.close()
    return found


def replicate(root: Path, port: int, interval: float, first: float, last: float) -> dict[str, Any]:
    """A worker of four threads until ``last``; what it did from ``first`` on."""
    found: dict[str, Any] = {"ticks": [], "empty": [], "statements": 0, "said": []}
    stop, ws = threading.Event(), opened(root, port, interval)

    def timed(*args: Any) -> Any:
        began = time.monotonic()
        row = None if stop.is_set() else tick(*args)
        if began >= first:
            found["empty" if row is None else "ticks"].append(time.monotonic() - began)
        return row

    def count(*_: object) -> None:
        found["statements"] += first <= time.monotonic() < last

    worker_module.tick = timed  # type: ignore[attr-defined]
    event.listen(Engine, "before_cursor_execute", count)
    threading.Timer(last - time.monotonic(), stop.set).start()
    ws.worker(say=found["said"].append).run(stop)
    return found


def told(name: str, size: int, args: argparse.Namespace, found: dict[str, Any]) -> str:
    """The figures of one case in a line."""
    minutes = args.seconds / 60
    read = found["rows_read"]
    return (
        f"{name:<11} {size:>6} runs, {WORKERS[name]} workers, every {args.interval:.0f} s for {args.seconds:.0f} s: "
        f"{found['looks']} looks at {found['looked_at']} jobs, {found['too_soon']} too soon; "
        f"tick p50 {1e3 * quantile(found['ticks'], 0.5):.1f} ms, p99 {1e3 * quantile(found['ticks'], 0.99):.1f} ms; "
        f"a look that finds nothing {1e3 * quantile(found['empty'], 0.5):.1f} ms; "
        f"{found['statements'] / size / minutes:.2f} statements a run and minute "
        f"({found['statements'] / max(found['looks'], 1):.1f} a look)"
        + ("" if read is None else f", {read / size / minutes:.1f} rows read")
        + ("" if not found["said"] else f"; SAID {set(found['said'])}")
    )


def quantile(ordered: list[float], share: float) -> float:
    """A quantile of sorted values; 0 of none."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


if __name__ == "__main__":
    main()
