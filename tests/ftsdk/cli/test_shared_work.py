"""Working together from terminals: approvals by proved people, a worker that drives, pause, retry, the audit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import Ft, MakeProject

PROJECT = """\
apiVersion: ftsdk/v1
kind: Project
spec:
  specs: ['*.yaml']
  people: {dana: {github: dana-d}, omar: {github: omar}}
  groups: {leads: {people: [dana, omar]}}
  policy: {approvals: {from: ['group:leads']}}
"""
LOGINS = {"token-of-dana": "dana-d", "token-of-omar": "omar"}


@pytest.fixture(scope="module")
def github() -> Iterator[str]:
    """What GitHub says of tokens: whose they are, or 401."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            login = LOGINS.get(self.headers["Authorization"].removeprefix("Bearer "))
            self.send_response(200 if login and self.path == "/user" else 401)
            self.end_headers()
            self.wfile.write(json.dumps({"login": login}).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def project(make_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, github: str) -> Path:
    """The tiny project of a team, at a terminal that GitHub knows as Dana's."""
    monkeypatch.setenv("GITHUB_API_URL", github)
    monkeypatch.setenv("GITHUB_TOKEN", "token-of-dana")
    root = make_project(tmp_path / "project")
    (root / "ftsdk.yaml").write_text(PROJECT)
    return root


def test_one_asks_another_agrees_and_then_it_starts(project: Path, ft: Ft, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ft(project, "apply", "tiny.yaml", "--yes")
    assert asked.returncode == 12
    assert "needs 1 of group:leads to agree; nothing was started" in asked.stderr
    digest = json.loads(ft(project, "approvals", "--format", "json").stdout)["approvals"][0]["digest"]
    assert "ft approve" in ft(project, "approvals").stdout
    own = ft(project, "approve", digest)
    assert (own.returncode, "dana asked for this" in own.stderr) == (11, True)
    monkeypatch.setenv("GITHUB_TOKEN", "token-of-omar")
    agreed = ft(project, "approve", digest, "--reason", "fits the plan")
    assert agreed.returncode == 0
    assert "approved" in agreed.stdout
    assert ft(project, "approvals").stdout.strip() == "nothing waits for approval"
    monkeypatch.setenv("GITHUB_TOKEN", "token-of-dana")
    started = ft(project, "apply", "tiny.yaml", "--yes")
    assert started.returncode == 0
    assert "run r1 of tiny" in started.stdout
    assert "not driven since" in started.stdout
    assert "`ft attach r1`" in started.stdout


def test_a_rejection_needs_a_reason_and_starts_nothing(project: Path, ft: Ft, monkeypatch: pytest.MonkeyPatch) -> None:
    ft(project, "apply", "tiny.yaml", "--yes")
    digest = json.loads(ft(project, "approvals", "--format", "json").stdout)["approvals"][0]["digest"]
    monkeypatch.setenv("GITHUB_TOKEN", "token-of-omar")
    assert ft(project, "reject", digest).returncode == 64
    assert "rejected" in ft(project, "reject", digest, "--reason", "the data is too small").stdout
    assert "the data is too small" in ft(project, "approvals", "--all").stdout


def test_a_token_that_github_refuses_decides_nothing(project: Path, ft: Ft, monkeypatch: pytest.MonkeyPatch) -> None:
    ft(project, "apply", "tiny.yaml", "--yes")
    monkeypatch.setenv("GITHUB_TOKEN", "stolen")
    said = ft(project, "approve", "0" * 12)
    assert (said.returncode, "GitHub refused the token (401); nothing was done" in said.stderr) == (64, True)
    assert "stolen" not in said.stderr + said.stdout


def test_a_token_is_sent_to_https_or_this_machine_only(project: Path, ft: Ft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1.example.com")
    said = ft(project, "approve", "0" * 12)
    assert (said.returncode, "the token was not sent" in said.stderr) == (64, True)


def test_who_asks_must_be_somebody_when_others_must_agree(
    project: Path, ft: Ft, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one person could ask as nobody and agree as themselves."""
    monkeypatch.delenv("GITHUB_TOKEN")
    said = ft(project, "apply", "tiny.yaml", "--yes")
    assert (said.returncode, "who asks must be known" in said.stderr) == (11, True)
    assert ft(project, "approvals").stdout.strip() == "nothing waits for approval"


def test_a_machines_user_decides_nothing_unless_the_policy_says_so(
    project: Path, ft: Ft, monkeypatch: pytest.MonkeyPatch
) -> None:
    ft(project, "apply", "tiny.yaml", "--yes")
    digest = json.loads(ft(project, "approvals", "--format", "json").stdout)["approvals"][0]["digest"]
    monkeypatch.delenv("GITHUB_TOKEN")
    monkeypatch.setenv("LOGNAME", "omar")
    assert "nobody in ftsdk.yaml has the account cli:omar@" in ft(project, "approve", digest).stderr
    text = PROJECT.replace("policy: {", "policy: {local_identity: true, ")
    (project / "ftsdk.yaml").write_text(text)
    assert ft(project, "approve", digest).returncode == 0


@pytest.mark.slow
def test_a_worker_drives_what_was_applied_and_leaves_when_told(project: Path, ft: Ft) -> None:
    """Applied without --wait, driven by another process, and the audit tells of it."""
    (project / "ftsdk.yaml").write_text(PROJECT.split("  policy")[0])
    ft(project, "apply", "tiny.yaml", "--yes")
    with subprocess.Popen([sys.executable, "-m", "ftsdk.cli", "worker"], cwd=project, stderr=subprocess.PIPE) as worker:
        deadline = time.monotonic() + 200
        while '"phase": "done"' not in ft(project, "status", "r1", "--format", "json").stdout:
            assert time.monotonic() < deadline, ft(project, "logs", "r1").stdout
            assert "not driven" not in ft(project, "status", "r1").stdout
            time.sleep(1)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
        assert worker.stderr is not None
        assert worker.stderr.read() == b""
    verdict = json.loads(ft(project, "audit", "verify", "--format", "json").stdout)
    assert verdict["whole"] is True
    entries = [json.loads(line) for line in ft(project, "audit", "export").stdout.splitlines()]
    assert (entries[0]["action"], entries[-1]["action"]) == ("run.created", "run.ended")
    assert entries[0]["actor"] == "github:dana-d"
    assert ft(project, "retry", "r1").returncode == 64, "what is done is not retried"
    assert "done" in ft(project, "logs", "r1").stdout.splitlines()[-1]


def test_pausing_resuming_and_cancelling_are_asked_for_once(project: Path, ft: Ft) -> None:
    (project / "ftsdk.yaml").write_text(PROJECT.split("  policy")[0])
    ft(project, "apply", "tiny.yaml", "--yes")
    assert "run r1 pauses" in ft(project, "pause", "r1").stdout
    assert "paused already" in ft(project, "pause", "r1").stdout
    assert "paused" in ft(project, "status", "r1").stdout
    assert "goes on" in ft(project, "resume", "r1").stdout
    assert "not paused" in ft(project, "resume", "r1").stdout
    assert ft(project, "cancel", "r1").returncode == 0
    assert "cannot be retried from 'gate'" in ft(project, "retry", "r1", "--from", "gate").stderr
    assert "goes on from check" in ft(project, "retry", "r1", "--from", "check").stdout


def test_programs_are_told_as_json_what_people_are_told_in_words(project: Path, ft: Ft) -> None:
    (project / "ftsdk.yaml").write_text(PROJECT.split("  policy")[0])

    def told(*words: str) -> dict[str, object]:
        said = ft(project, *words, "--format", "json")
        assert said.returncode == 0, said.stderr
        return dict(json.loads(said.stdout.splitlines()[-1] if words[0] == "cancel" else said.stdout))

    applied = told("apply", "tiny.yaml", "--yes")
    assert (applied["format_version"], applied["driven"]) == ("1.0", False)
    assert dict(told("pause", "r1")["run"])["pause_requested"] is True  # type: ignore[call-overload]
    assert dict(told("resume", "r1")["run"])["pause_requested"] is False  # type: ignore[call-overload]
    assert dict(told("cancel", "r1")["run"])["phase"] == "cancelled"  # type: ignore[call-overload]
    assert dict(told("retry", "r1", "--from", "check")["run"])["phase"] == "check"  # type: ignore[call-overload]
    asked = ft(project, "apply", "tiny.yaml", "--format", "json")
    assert (asked.returncode, asked.stdout) == (64, ""), "the plan is for people, on the other stream"


def test_what_is_left_over_is_listed_and_removed_when_told_to(project: Path, ft: Ft) -> None:
    kept = project / ".ftsdk/jobs/local/.files" / f"{'f' * 64}.jsonl"
    kept.parent.mkdir(parents=True)
    kept.write_text("{}\n")
    listed = ft(project, "sweep")
    assert (listed.returncode, "Another store of this project may own" in listed.stdout) == (17, True)
    assert kept.exists(), "nobody was there to say yes"
    [orphan] = json.loads(ft(project, "sweep", "--format", "json").stdout)["orphans"]
    assert (orphan["kind"], orphan["id"], orphan["removed"]) == ("file", "f" * 64, False)
    removed = ft(project, "sweep", "local", "--yes")
    assert (removed.returncode, removed.stdout.splitlines()[-1], kept.exists()) == (0, "1 removed", False)
    assert "orphan.removed" in ft(project, "audit", "export").stdout
    again = ft(project, "sweep")
    assert (again.returncode, again.stdout.strip()) == (0, "nothing is left over")


def test_a_store_that_another_host_uses_is_left_alone(project: Path, ft: Ft) -> None:
    """SQLite serves one host: a heartbeat of another one is a clear sentence, and nothing is driven."""
    (project / "ftsdk.yaml").write_text(PROJECT.split("  policy")[0])
    ft(project, "apply", "tiny.yaml", "--yes")
    code = (
        "import ftsdk\nfrom sqlalchemy import text\nws = ftsdk.open()\n"
        "with ws.database.begin() as c:\n"
        " c.execute(text(\"INSERT INTO workers VALUES ('elsewhere/1', 'elsewhere/boot', 'worker', \"\n"
        "  \"(julianday('now') - 2440587.5) * 86400.0, (julianday('now') - 2440587.5) * 86400.0)\"))\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=project, check=True, env=dict(os.environ))
    for command in (["worker"], ["attach", "r1"]):
        said = ft(project, *command)
        assert said.returncode == 14
        assert "in use by worker on host elsewhere; SQLite serves one host" in said.stderr
