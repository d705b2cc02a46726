"""The demonstration as a stranger meets it: a fresh environment, then the whole way once; time, disk and memory.

Bars: installation with the model at most 60 s and 450 MB beyond Python; the demonstration at most 240 s (FAST=1: 120)
on two idle cores and at most 2 GB. The yardstick beside them is what `python -c pass` takes on this machine now. What
the demonstration said is kept in benchmarks/out/demo.log.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks._checkout import ROOT, fresh_checkout, memory_bytes

MEGABYTE = 1_000_000


def main() -> None:
    """Install, run the fast demonstration, run the whole one; print each beside its bar."""
    yardstick = min(_seconds([sys.executable, "-c", "pass"]) for _ in range(5))
    print(
        f"yardstick: python -c pass takes {yardstick * 1000:.0f} ms;",
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores",
    )
    with tempfile.TemporaryDirectory(prefix="ftsdk-demo-") as directory:
        root = fresh_checkout(Path(directory).resolve() / "checkout")
        environment = {**os.environ, "FTSDK_CACHE": f"{directory}/cache"}
        installed = _install(root, environment)
        print(
            f"installation with the model: {installed:.1f} s (bar 60), {_disk(Path(directory), root):.0f} MB (bar 450)"
        )
        for name, bar, options in (("FAST=1", 120, ["FAST=1"]), ("whole", 240, [])):
            seconds, peak, code = _watched(["make", "--silent", "demo", *options], root, environment)
            print(f"demonstration, {name}: {seconds:.0f} s (bar {bar}), peak {peak / 1e9:.2f} GB (bar 2), exit {code}")
        kept = ROOT / "benchmarks" / "out"
        kept.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / "demo.log", kept)


def _seconds(command: list[str]) -> float:
    started = time.monotonic()
    subprocess.run(command, check=True)
    return time.monotonic() - started


def _install(root: Path, environment: dict[str, str]) -> float:
    started = time.monotonic()
    subprocess.run(["make", "--silent", ".venv/.demo"], cwd=root, env=environment, check=True)
    subprocess.run(
        [root / ".venv/bin/ft", "models", "pull", "smollm2-135m-instruct"], cwd=root, env=environment, check=True
    )
    return time.monotonic() - started


def _disk(directory: Path, root: Path) -> float:
    """Megabytes of the environment and the model."""
    places = [root / ".venv", directory / "cache"]
    files = {
        path.stat().st_ino: path.lstat().st_size for place in places for path in place.rglob("*") if path.is_file()
    }
    return sum(files.values()) / MEGABYTE


def _watched(command: list[str], root: Path, environment: dict[str, str]) -> tuple[float, int, int]:
    """Seconds, peak memory and exit code of a command; what it says goes to a log beside it."""
    peak, over = 0, threading.Event()

    def sample() -> None:
        nonlocal peak
        while not over.wait(0.5):
            peak = max(peak, memory_bytes(root))

    watcher = threading.Thread(target=sample)
    started = time.monotonic()
    with (root / "demo.log").open("ab") as log:
        running = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log)
        watcher.start()
        code = running.wait()
    seconds = time.monotonic() - started
    over.set()
    watcher.join()
    return seconds, peak, code


if __name__ == "__main__":
    main()
