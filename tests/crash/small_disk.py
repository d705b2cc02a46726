"""Runs on a disk that is full, gets a little room after every attempt, and is read-only for a while; told as JSON.

``python -m tests.crash.small_disk DIRECTORY PORT``; DIRECTORY is the mount point of a small disk of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from ftsdk.errors import FtsdkError
from tests.crash.storm import Storm, make_project

PAGE = 4096
STEP = 40 * PAGE  # what there is room for after each attempt


def main() -> None:
    """Live through it and print what was said and what there is in the end."""
    root = Path(sys.argv[1])
    made = Storm(root, int(sys.argv[2]))
    make_project(root, "sqlite:///s.db", 2)
    said = [*_full(made, root / "ballast"), *_read_only(made, root)]
    ws = made.workspace()
    ws.apply(ws.specs()[1]).wait()
    ws.close()
    print(json.dumps({"said": said, **made.outcome()}))


def _full(made: Storm, ballast: Path) -> list[str]:
    """What is said until the first run is done."""
    said = []
    ws = made.workspace()
    ws.apply(ws.specs()[0])
    _fill(ballast)
    while True:
        try:
            run = ws.apply(ws.specs()[0])
            run.wait()
            said += [run.row.failure.message] if run.row.failure else []
            if run.row.phase == "done":
                break
        except FtsdkError as error:
            said.append(f"{type(error).__name__}: {error.message}")
        with ballast.open("r+b") as file:
            file.truncate(max(ballast.stat().st_size - STEP, 0))
    ballast.unlink()
    ws.close()
    return said


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(PAGE))
        except OSError:
            file.truncate(max(file.tell() - STEP, 0))


def _read_only(made: Storm, root: Path) -> list[str]:
    """What is said while nothing can be written, to somebody who asks something of a run or applies another spec."""
    subprocess.run(["mount", "-o", "remount,ro", str(root)], check=True)
    said = []
    ws = made.workspace()
    for act in (lambda: ws.store.request_cancel("r1"), lambda: ws.apply(ws.specs()[1])):
        try:
            act()
        except FtsdkError as error:
            said.append(f"{type(error).__name__}: {error.message}")
    ws.close()
    subprocess.run(["mount", "-o", "remount,rw", str(root)], check=True)
    return said


if __name__ == "__main__":
    main()
