"""A project small enough to fine-tune for real in seconds, and `ft` as a process."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres import PostgresServer, programs, server

# A property that holds slowly on a busy machine holds.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")

TINY = """\
apiVersion: ftsdk/v1
kind: FineTune
metadata: {name: tiny}
spec:
  connection: local
  model: smollm2-135m-instruct
  system_prompt: Answer with the colour alone.
  method: {epochs: 2, batch_size: 4, adapter: {layers: 2, rank: 8}}
  dataset: {train: train.jsonl}
  evaluation:
    dataset: test.jsonl
    max_tokens: 8
    arms: [base, {few_shot: 2}, tuned]
    metrics: [{name: right, type: exact}]
  promote: {alias: production, when: manual}
"""
COLOURS = ("red", "green", "blue", "black", "white", "brown")

MakeProject = Callable[[Path], Path]
Ft = Callable[..., subprocess.CompletedProcess[str]]


def _row(number: int) -> str:
    colour = COLOURS[number % len(COLOURS)]
    chat = [("user", f"Box {number} was painted {colour} in the morning. Which colour?"), ("assistant", colour)]
    return json.dumps({"messages": [{"role": role, "content": content} for role, content in chat]}) + "\n"


def _make_project(root: Path) -> Path:
    root.mkdir()
    (root / "ftsdk.yaml").write_text("apiVersion: ftsdk/v1\nkind: Project\nspec: {specs: ['*.yaml']}\n")
    (root / "tiny.yaml").write_text(TINY)
    (root / "train.jsonl").write_text("".join(_row(number) for number in range(60)))
    (root / "test.jsonl").write_text("".join(_row(number) for number in range(60, 76)))
    return root


@pytest.fixture(scope="session")
def make_project() -> MakeProject:
    """Write the project into a directory that does not exist yet."""
    return _make_project


@pytest.fixture(scope="session")
def ft() -> Ft:
    """Run `ft` with these words in a directory; returns what it said and its exit code."""

    def run(directory: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ftsdk.cli", *words]
        return subprocess.run(command, cwd=directory, input=stdin, capture_output=True, text=True, timeout=280)

    return run


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server; where the machine has none the test is skipped, except in CI, which must have one."""
    where = programs()
    if where is None or importlib.util.find_spec("psycopg") is None:
        missing = "PostgreSQL's initdb and pg_ctl" if where is None else "the package psycopg"
        if os.environ.get("CI"):
            pytest.fail(f"{missing} must be installed where CI runs")
        pytest.skip(f"{missing} are not on this machine")
    with server(where) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of one kind after the other."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    postgres: PostgresServer = request.getfixturevalue("postgres")
    return postgres.fresh()
