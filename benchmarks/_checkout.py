"""A fresh checkout of what git knows, its processes, and what they take; shared by benchmarks of the demonstration."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def fresh_checkout(directory: Path) -> Path:
    """The files that git knows, as they are now, in a new directory."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    for name in names.decode().split("\0"):
        source = ROOT / name
        if name and source.is_file():
            target = directory / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return directory


def processes(directory: Path) -> list[int]:
    """Every process that works in ``directory`` or names it: commands, and trainers and servers they started."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            here = (entry / "cwd").readlink().is_relative_to(directory)
            if here or str(directory).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue  # it ended while it was being looked at
    return found


def kill_all(directory: Path) -> None:
    """kill -9 for all of `processes`, until there are none."""
    while alive := processes(directory):
        for pid in alive:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def memory_bytes(directory: Path) -> int:
    """Proportional memory (PSS) of all of `processes` now: pages that several share are counted once."""
    total = 0
    for pid in processes(directory):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total
