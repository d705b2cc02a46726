"""A thousand specs of which five changed: `ft plan --changed` beside `ft plan` of the five alone, each a whole command.

Bar: at most 3 times. Changed are five specs, then a data file that five specs name. What was counted is kept in both.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from ftsdk.cli.starter import project_file, starter_files

CHANGED = 5
BAR = 3.0
GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


def main() -> None:
    """Write and commit the specs, change some, then measure both ways in turn."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--specs", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ftsdk-plan-") as directory:
        root = _project(Path(directory), args.specs)
        five = [f"specs/s{index}/s.yaml" for index in range(0, args.specs, args.specs // CHANGED)]
        for name in five:
            (root / name).write_text((root / name).read_text().replace("epochs: auto", "epochs: 3"))
        _compare("five specs changed", root, five, args.runs)
        _git(root, "checkout", "-q", "--", "specs")
        with (root / "data/shared.jsonl").open("a") as file:
            file.write((root / "data/shared.jsonl").read_text().splitlines(keepends=True)[0].replace("card", "box"))
        _compare("a data file of five specs changed", root, five, args.runs)


def _project(root: Path, number: int) -> Path:
    """A committed project: each spec in a directory of its own with its rows and prompts, five with rows in common."""
    files = starter_files("first", "smollm2-135m-instruct", "local", None, None)
    below = {name.removeprefix("specs/first/"): text for name, text in files.items() if name.startswith("specs/first/")}
    spec = below.pop("first.yaml")
    rows = next(name for name in below if name.startswith("data/train"))
    every = number // CHANGED
    _write(root, {"ftsdk.yaml": project_file("ours", "local", "local"), ".gitignore": ".ftsdk/\n"})
    _write(root, {"data/shared.jsonl": below[rows]})
    for index in range(number):
        text = spec.replace("name: first", f"name: s{index}")
        if index % every == 0:
            text = text.replace(rows, "../../data/shared.jsonl")
        _write(root / f"specs/s{index}", {**below, "s.yaml": text})
    _git(root, "init", "-q", "-b", "main")
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "-m", "as it is")
    return root


def _write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def _git(root: Path, *words: str) -> None:
    subprocess.run([*GIT, *words], cwd=root, check=True, capture_output=True)


def _compare(what: str, root: Path, five: list[str], runs: int) -> None:
    _planned(root, five)  # what is counted once is counted before
    _planned(root, ["--changed", "main"])
    pairs = [(_planned(root, ["--changed", "main"]), _planned(root, five)) for _ in range(runs)]
    changed, alone = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"{what}: --changed {changed:.2f} s, the five alone {alone:.2f} s of CPU: {changed / alone:.2f} times"
          f" (bar {BAR:g})")  # fmt: skip


def _planned(root: Path, words: list[str]) -> float:
    """CPU seconds of one `ft plan`, git's included; it must plan just the five."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "ftsdk.cli", "plan", "--format", "json", *words]
    done = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["plans"]) == CHANGED, done.stdout[:2000]
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
