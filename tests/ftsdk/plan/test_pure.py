"""A plan is a function of files and one snapshot: nothing else is asked, and it says the same each time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from ftsdk.plan import Snapshot
from ftsdk.testing import workspace
from ftsdk.testing.example import example_files

# Plans in a process in which opening a socket, starting a program or changing anything on a disk is refused.
ALONE = """
import os, sys
from pathlib import Path

WRITING = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.chmod", "os.link", "os.symlink"}

def refuse(event, args):
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        raise ConnectionError(f"the network is cut: {event}")
    if event in WRITING or event in ("subprocess.Popen", "os.system"):
        raise PermissionError(f"nothing may change: {event}")
    if event == "open":
        path, mode, flags = args
        if (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
            raise PermissionError(f"the disk is read-only: {path}")

from ftsdk.plan import Snapshot
from ftsdk.testing import ScriptedProvider
from ftsdk.workspace import Workspace

root = Path(sys.argv[1])
snapshot = Snapshot.model_validate_json((root / "seen.json").read_bytes())
ws = Workspace(root, providers={"local": ScriptedProvider()})
sys.addaudithook(refuse)
for _ in range(2):
    print(ws.plan("specs/example.yaml", snapshot).model_dump_json(by_alias=True))
assert "database" not in ws.__dict__
"""

# Plans twice, and a third time after a row of the same length was put in place of another.
TWICE = """
import json, sys
from pathlib import Path
from ftsdk.testing import ScriptedProvider
from ftsdk.workspace import Workspace

root, opened = Path(sys.argv[1]), []
ws = Workspace(root, providers={"local": ScriptedProvider()})

def hear(event, args):
    if event == "open" and str(args[0]).endswith(".jsonl"):
        opened.append(Path(args[0]).name)

sys.addaudithook(hear)

def planned():
    opened.clear()
    plan = ws.plan("specs/example.yaml")
    return plan.digest, sorted(set(opened))

first, again = planned(), planned()
train = root / "specs/train.jsonl"
train.write_text(train.read_text().replace('"What is 0 plus 0?"', '"What is 0 plus 1?"', 1))
print(json.dumps([first, again, planned()]))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The example project with a snapshot of it beside."""
    for name, text in example_files().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def alone(program: str, root: Path) -> list[str]:
    """What a program in a process of its own prints of a project."""
    environment = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": str(os.getpid() % 1000), **os.environ}
    done = subprocess.run(
        [sys.executable, "-c", program, str(root)], capture_output=True, text=True, timeout=200, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_from_one_snapshot_it_is_the_same_to_the_byte_without_network_and_disk(root: Path) -> None:
    with workspace() as ws:
        seen = ws.observe()
    (root / "seen.json").write_text(seen.model_dump_json(), encoding="utf-8")
    first, second, third, fourth = [*alone(ALONE, root), *alone(ALONE, root)]
    assert first == second == third == fourth
    assert json.loads(first)["change"] == "train"


def test_when_it_was_seen_is_told_and_is_no_part_of_the_digest() -> None:
    with workspace() as ws:
        seen = ws.observe()
        later = seen.model_copy(update={"taken_at": seen.taken_at + timedelta(days=40)})
        now, then = (ws.plan("specs/example.yaml", each) for each in (seen, later))
    assert now.observed_at != then.observed_at
    assert now.digest == then.digest and now.bound == then.bound


def test_a_job_that_was_lost_gives_a_new_key_from_the_snapshot_alone() -> None:
    with workspace() as ws:
        seen = ws.observe()
        first = ws.plan("specs/example.yaml", seen)
        assert seen.state is not None
        state = seen.state.model_copy(update={"attempts": {first.name: {first.fingerprint: 2}}})
        again = ws.plan("specs/example.yaml", Snapshot(taken_at=seen.taken_at, models=seen.models, state=state))
    assert first.order.key.endswith("-1") and again.order.key.endswith("-3")
    assert first.digest == again.digest


def test_rows_whose_hash_is_known_are_not_opened_and_others_are(root: Path) -> None:
    for path in root.glob("specs/*.jsonl"):
        os.utime(path, (1_760_000_000,) * 2)  # a file of this moment could change within its own date
    first, again, changed = json.loads(alone(TWICE, root)[0])
    assert first[1] == ["test.jsonl", "train.jsonl"]
    assert again == [first[0], []]
    assert changed[0] != first[0] and "train.jsonl" in changed[1]
