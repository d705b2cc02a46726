"""Planning a spec of 200,000 rows for the first time, again, and with no rows: seconds, and bytes read of the rows.

Bar: once a file's hash is known nothing of it is read again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ftsdk.cli.starter import project_file, starter_files

# Runs `ft plan`; the bytes of .jsonl files that were opened are counted by the name under which Python opens them.
COMMAND = """
import os, sys
from ftsdk.cli import main

opened = []

def hear(event, args):
    if event == "open" and str(args[0]).endswith(".jsonl"):
        opened.append(args[0])

sys.addaudithook(hear)
code = main(["plan", "first", "--format", "json"])
print(sum(os.stat(path).st_size for path in opened if not isinstance(path, int)), file=sys.stderr)
sys.exit(code)
"""


def main() -> None:
    """Write the project, then plan it three times, and one with few rows beside."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ftsdk-rows-") as directory:
        large, small = (_project(Path(directory) / str(rows), rows) for rows in (args.rows, 24))
        size = (large / "specs/first/data/train.jsonl").stat().st_size / 1e6
        print(f"{args.rows:,} rows, {size:.1f} MB")
        for what, root in (
            ("first", large),
            ("second", large),
            ("third", large),
            ("few rows", small),
            ("again", small),
        ):
            seconds, read = _planned(root)
            print(f"{what}: {seconds:.2f} s, {read / 1e6:.1f} MB of rows opened")


def _project(root: Path, rows: int) -> Path:
    """The starter's project with so many training rows, each its own."""
    files = starter_files("first", "smollm2-135m-instruct", "local", None, None)
    files["ftsdk.yaml"] = project_file("ours", "local", "local")
    one = json.loads(files["specs/first/data/train.jsonl"].splitlines()[0])
    lines = []
    for number in range(rows):
        one["messages"][0]["content"] = f"ticket {number}: the page of order {number * 7919 % 1_000_003} stays white"
        lines.append(json.dumps(one))
    files["specs/first/data/train.jsonl"] = "\n".join(lines) + "\n"
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    for path in root.glob("specs/first/data/*"):
        os.utime(path, (time.time() - 60,) * 2)  # a file of this moment could change within its own date
    return root


def _planned(root: Path) -> tuple[float, int]:
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", COMMAND], cwd=root, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    assert done.returncode == 0, done.stderr
    return seconds, int(done.stderr.splitlines()[-1])


if __name__ == "__main__":
    main()
