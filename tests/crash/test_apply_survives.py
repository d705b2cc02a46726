"""A real fine-tune, killed at random moments: it ends with the same adapter, bought and trained once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import MakeProject

pytestmark = pytest.mark.crash

KILLS = 10


@pytest.fixture
def project(make_project: MakeProject, tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


def apply(project: Path) -> subprocess.Popen[bytes]:
    with (project / "apply.log").open("ab") as log:
        command = [sys.executable, "-m", "ftsdk.cli", "apply", "tiny.yaml", "--wait", "--yes"]
        return subprocess.Popen(command, cwd=project, stdout=log, stderr=log, start_new_session=True)


def adapter(project: Path) -> str:
    command = [sys.executable, "-m", "ftsdk.cli", "status", "tiny", "--format", "json"]
    said = json.loads(subprocess.run(command, cwd=project, check=True, capture_output=True).stdout)
    assert said["run"]["phase"] == "done", said
    return str(said["run"]["data"]["result"]["sha256"])


def kill_everything(project: Path) -> None:
    """kill -9 for the command and for the trainer and server that it started, which have sessions of their own."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                here = (entry / "cwd").readlink() == project or str(project).encode() in (
                    entry / "cmdline"
                ).read_bytes()
            except OSError:
                continue  # it ended while it was being looked at, or is not ours to look at
            if here:
                os.kill(int(entry.name), signal.SIGKILL)


def test_ten_kills_end_with_the_adapter_of_an_undisturbed_run(
    project: Path, make_project: MakeProject, tmp_path: Path
) -> None:
    calm = make_project(tmp_path / "calm")
    started = time.monotonic()
    assert apply(calm).wait(240) == 0, (calm / "apply.log").read_text()
    length = time.monotonic() - started

    chance = random.Random(20261122)
    for _ in range(KILLS):
        with apply(project) as running:
            try:
                running.wait(chance.uniform(0.2, length))
            except subprocess.TimeoutExpired:
                kill_everything(project)
    assert apply(project).wait(240) == 0, (project / "apply.log").read_text()

    assert adapter(project) == adapter(calm)
    runs = subprocess.run(
        [sys.executable, "-m", "ftsdk.cli", "runs", "--format", "json"], cwd=project, check=True, capture_output=True
    )
    assert len(json.loads(runs.stdout)["runs"]) == 1, "one run, however often it was started"
    jobs = [path.parent for path in (project / ".ftsdk").rglob("result.json")]
    assert len(jobs) == 1, "one job was trained"


def test_two_applies_at_once_train_once(project: Path) -> None:
    """The second finds the first one's run and shows it."""
    both = [apply(project), apply(project)]
    assert [one.wait(240) for one in both] == [0, 0], (project / "apply.log").read_text()
    assert len([*(project / ".ftsdk").rglob("result.json")]) == 1
