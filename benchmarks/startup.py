"""How long `ft` takes to start, as whole processes beside `python -c pass`, in turn: ratios of CPU time and of wall.

Bars: `ft --help` and `ft --version` at most 6 times, `ft validate` of one spec at most 15 times. What bounds the last
is importing pydantic, so that is measured too.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

FT = str(Path(sys.executable).with_name("ft"))
YARDSTICK = [sys.executable, "-c", "pass"]
COMMANDS = {
    "ft --help (bar 6)": [FT, "--help"],
    "ft --version (bar 6)": [FT, "--version"],
    "ft validate, one spec (bar 15)": [FT, "validate", "specs/first/first.yaml"],
    "import pydantic (what bounds it)": [sys.executable, "-c", "from pydantic import BaseModel, Field"],
    "import the language's models": [sys.executable, "-c", "import ftsdk.spec.model"],
}


class Took(NamedTuple):
    """Seconds of one process."""

    cpu: float
    wall: float


def main() -> None:
    """Measure every command beside the yardstick."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=15)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ftsdk-startup-") as directory:
        subprocess.run([FT, "init", "--yes"], cwd=directory, check=True, stdout=subprocess.DEVNULL)
        for name, words in COMMANDS.items():
            _compare(name, words, directory, args.runs)


def _compare(name: str, words: list[str], directory: str, runs: int) -> None:
    _took(words, directory)  # compiled files and the page cache
    pairs = [(_took(words, directory), _took(YARDSTICK, directory)) for _ in range(runs)]
    cpu = statistics.median(ours.cpu / theirs.cpu for ours, theirs in pairs)
    wall = statistics.median(ours.wall / theirs.wall for ours, theirs in pairs)
    ours, theirs = (statistics.median(pair[side].cpu for pair in pairs) * 1000 for side in (0, 1))
    print(f"{name:<34} {cpu:5.1f} x CPU, {wall:5.1f} x wall   ({ours:.0f} ms and {theirs:.1f} ms of CPU)")


def _took(words: list[str], directory: str) -> Took:
    # Bytecode is cached as in any installation, also where the environment says otherwise.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(words, cwd=directory, env=environment, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Took(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


if __name__ == "__main__":
    main()
