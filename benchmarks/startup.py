"""How long `ft` takes to start, as whole processes beside `python -c pass`, in turn: ratios of CPU time and of wall.

Bars: `ft --help` and `ft --version` at most 6 times, `ft validate` of one spec at most 15 times. What bounds the last
is importing pydantic and PyYAML, so they are measured too.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

FT = [sys.executable, str(Path(sys.executable).with_name("ft"))]
YARDSTICK = [sys.executable, "-c", "pass"]
COMMANDS = {
    "ft --help (bar 6)": [*FT, "--help"],
    "ft --version (bar 6)": [*FT, "--version"],
    "ft validate, one spec (bar 15)": [*FT, "validate", "specs/first/first.yaml"],
    "  with a hosted connection": [*FT, "validate", "hosted/specs/hosted.yaml"],
    "  with a judge there too": [*FT, "validate", "hosted/specs/judged.yaml"],
    "pydantic with one model": [
        sys.executable,
        "-c",
        "import pydantic\nclass M(pydantic.BaseModel):\n    a: int\nM(a=1)",
    ],
    "import yaml": [sys.executable, "-c", "import yaml"],
}
PROJECT = """\
apiVersion: ftsdk/v1
kind: Project
spec:
  connections: {openai: {type: openai, api_key: {env: OPENAI_API_KEY}}}
"""
HOSTED = """\
apiVersion: ftsdk/v1
kind: FineTune
metadata: {name: hosted}
spec:
  connection: openai
  model: gpt-4.1
  dataset: {train: data/train.jsonl}
  evaluation:
    dataset: data/test.jsonl
    arms: [base, {few_shot: 4}, tuned]
    metrics:
      - {name: right, type: exact}
"""
JUDGE = "      - {name: kind, type: judge, judge: {connection: openai, model: gpt-4.1, rubric: prompts/long.md}}\n"


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
        subprocess.run([*FT, "init", "--yes"], cwd=directory, check=True, stdout=subprocess.DEVNULL)
        _write_hosted(Path(directory))
        for name, words in COMMANDS.items():
            _compare(name, words, directory, args.runs)


def _write_hosted(directory: Path) -> None:
    """A project beside the starter's, with an account and two specs that use it."""
    home = directory / "hosted"
    shutil.copytree(directory / "specs" / "first", home / "specs", ignore=shutil.ignore_patterns("*.yaml"))
    for name, text in {
        "ftsdk.yaml": PROJECT,
        "specs/hosted.yaml": HOSTED,
        "specs/judged.yaml": HOSTED.replace("hosted", "judged") + JUDGE,
    }.items():
        (home / name).write_text(text, encoding="utf-8")


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
