"""Logs as JSON lines without a secret in them, for the worker as for the bot."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
import structlog

import ftsdk
from ftsdk.logs import Redaction, configure
from ftsdk.runs.database import Database
from tests.conftest import Ft, MakeProject

SECRETS = [
    "sk-proj-abcdefghijklmnop1234", "ghp_abcdefghijklmnopqrstuvwxyz012345", "github_pat_11ABCDEFG0123456789_abcdef",
    "AKIAIOSFODNN7EXAMPLE", "hf_abcdefghijklmnopqrstuvwx", "Bearer abc.def-ghi", "xoxb-123456789012-abcdefABCDEF",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJkYW5hIn0.c2lnbmF0dXJl", "a-very-own-canary",
]  # fmt: skip


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged; put back afterwards."""
    root, handlers, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    stream = io.StringIO()
    configure("json", "INFO", Redaction(["a-very-own-canary"]), stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_what_is_logged_goes_to_the_standard_error_of_the_moment(
    log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that logging was set up with may have been replaced and closed since."""
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", first)
    configure("json", "INFO", Redaction([]))
    monkeypatch.setattr(sys, "stderr", second)
    first.close()
    logging.getLogger("some.library").warning("it said")
    assert json.loads(second.getvalue())["event"] == "it said"


def test_making_a_store_says_nothing(log: io.StringIO, tmp_path: Path) -> None:
    """Also to those who let every library tell what it does."""
    Database("sqlite:///s.db", tmp_path).close()
    assert log.getvalue() == ""


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_left_out_wherever_it_stands(secret: str, log: io.StringIO) -> None:
    logging.getLogger("some.library").warning("it said %s", secret, extra={"beside": [secret]})
    try:
        raise ValueError(secret)
    except ValueError:
        structlog.get_logger("ftsdk").exception("broke", key=secret)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert len(lines) == 2
    assert secret not in log.getvalue()
    assert "[redacted]" in lines[0]["event"]


def test_a_password_in_an_address_is_left_out_and_the_address_stays(log: io.StringIO) -> None:
    logging.getLogger("db").warning("cannot reach postgresql://ftsdk:hunter2@db.example.com/runs")
    [line] = [json.loads(line) for line in log.getvalue().splitlines()]
    assert line["event"] == "cannot reach postgresql://[redacted]@db.example.com/runs"


def test_a_worker_logs_lines_of_json_and_tells_metrics(make_project: MakeProject, ft: Ft, tmp_path: Path) -> None:
    """A run that somebody cancelled ends at its first step: one line, and one run by that phase in a scrape."""
    pytest.importorskip("prometheus_client")
    root = make_project(tmp_path / "project")
    assert ft(root, "apply", "tiny.yaml", "--yes").returncode == 0
    asked = ftsdk.open(root)
    asked.run("r1").cancel()
    asked.close()
    command = [sys.executable, "-m", "ftsdk.cli", "worker", "--metrics", "127.0.0.1:0", "--log-format", "json"]
    with subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, env={**os.environ, "NO_COLOR": "1"}) as worker:
        assert worker.stderr is not None
        began, ended = (json.loads(worker.stderr.readline()) for _ in range(2))
        with urlopen(began["metrics"], timeout=60) as answer:
            scraped = answer.read().decode()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
        assert [json.loads(line) for line in worker.stderr.read().splitlines()] == []
    assert began["event"].startswith("driving the runs of")
    assert {
        "run": "r1",
        "spec": "tiny",
        "phase": "cancelled",
        "from": "check",
        "level": "info",
    }.items() <= ended.items()
    assert 'ftsdk_runs{phase="cancelled"} 1.0' in scraped
