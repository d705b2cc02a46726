"""A thousand specs in one `ft validate` beside a thousand single validations in one process; memory at 100 and 1,000.

Bars: at most 1.5 times the sum of the single ones, and memory that does not grow with the number of specs.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ftsdk.cli.starter import project_file, starter_files
from ftsdk.spec import check, load_project

COMMAND = """
import resource, sys
from ftsdk.cli import main
code = main(["validate"])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, file=sys.stderr)
sys.exit(code)
"""


def main() -> None:
    """Write the specs, then measure both ways in turn."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--specs", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ftsdk-many-") as directory:
        few, many = (_project(Path(directory) / str(number), number) for number in (args.specs // 10, args.specs))
        ratios = []
        for _ in range(args.runs):
            whole, peak = _command(many)
            alone = _singly(many)
            ratios.append(whole / alone)
            print(f"one command {whole:.2f} s, singly {alone:.2f} s: {whole / alone:.2f} times; peak {peak:.1f} MB")
        print(f"median {statistics.median(ratios):.2f} times (bar 1.5)")
        peaks = (_command(few)[1], _command(many)[1])
        print(f"peak with {args.specs // 10} specs {peaks[0]:.1f} MB, with {args.specs} {peaks[1]:.1f} MB")


def _project(root: Path, number: int) -> Path:
    """A project of so many specs, each with a name of its own and the starter's files in common."""
    files = starter_files("first", "smollm2-135m-instruct", "local", None, None)
    spec = files.pop("specs/first/first.yaml")
    names = [f"s{index}" for index in range(number)]
    files |= {f"specs/first/{name}.yaml": spec.replace("name: first", f"name: {name}") for name in names}
    for name, text in (files | {"ftsdk.yaml": project_file("ours", "local", "local")}).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def _command(root: Path) -> tuple[float, float]:
    """CPU seconds and peak memory of one `ft validate` of everything, start-up included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [sys.executable, "-c", COMMAND]
    said = subprocess.run(words, cwd=root, check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, float(said.stderr.split()[-1])


def _singly(root: Path) -> float:
    """CPU seconds of single validations in this process; the project is read once."""
    project = load_project(root)
    paths = sorted(root.glob("specs/**/*.yaml"))
    check(paths[0], root=root, project=project)
    started = time.process_time()
    for path in paths:
        assert check(path, root=root, project=project)[0] is not None
    return time.process_time() - started


if __name__ == "__main__":
    main()
