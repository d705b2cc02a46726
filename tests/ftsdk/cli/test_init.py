"""`ft init` writes a project that validates, plans and runs as it stands."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from ftsdk.catalogue import MODELS
from ftsdk.cli.init import offered
from ftsdk.cli.starter import CONNECTIONS, TEST, TRAIN, project_file, starter_files
from ftsdk.spec import examine, load_project
from tests.conftest import Ft
from tests.ftsdk.cli.conftest import RunFt


def test_what_it_writes_validates_without_a_finding(tmp_path: Path, run_ft: RunFt) -> None:
    assert run_ft(tmp_path, "init", "--yes").code == 0
    assert run_ft(tmp_path, "validate") == (0, "1 of 1 file is good\n", "")
    assert run_ft(tmp_path, "schema", "--check").code == 0


def test_what_it_writes_can_be_planned_and_applied(tmp_path: Path, run_ft: RunFt) -> None:
    run_ft(tmp_path, "init", "--yes", "--name", "codes")
    said = run_ft(tmp_path, "plan", "codes", "--format", "json")
    assert said.code == 0, said.err
    plan = json.loads(said.out)
    assert plan["findings"] == []


@pytest.mark.slow
def test_what_it_writes_trains_passes_its_gate_and_is_promoted(tmp_path: Path, ft: Ft) -> None:
    assert ft(tmp_path, "init", "--yes").returncode == 0
    said = ft(tmp_path, "apply", "first", "--wait", "--yes")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "first@production" in said.stdout


def test_an_answer_that_cannot_be_is_asked_for_again(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"My first\ngpt\nmine\nsmollm\n\n")
    command = [sys.executable, "-m", "ftsdk.cli", "init"]
    said = subprocess.run(command, cwd=tmp_path, stdin=theirs, capture_output=True, text=True, timeout=60)
    assert said.returncode == 0, said.stderr
    assert said.stdout.count("What is the spec called?") == 2
    assert "for example my-first" in said.stdout
    assert (tmp_path / "specs/gpt/gpt.yaml").exists()


def test_a_second_spec_joins_the_project_and_nothing_is_overwritten(tmp_path: Path, run_ft: RunFt) -> None:
    run_ft(tmp_path, "init", "--yes")
    before = (tmp_path / "ftsdk.yaml").read_bytes()
    (tmp_path / "deep").mkdir()
    assert run_ft(tmp_path / "deep", "init", "--yes", "--name", "second").code == 0
    assert (tmp_path / "specs" / "second" / "second.yaml").exists()
    assert (tmp_path / "ftsdk.yaml").read_bytes() == before
    again = run_ft(tmp_path, "init", "--yes", "--name", "second")
    assert (again.code, "nothing was written" in again.err) == (64, True)


def test_rows_at_hand_are_named_from_the_spec(tmp_path: Path, run_ft: RunFt) -> None:
    for name in ("train", "test"):
        (tmp_path / f"{name} rows.jsonl").write_text('{"messages": []}\n')
    said = run_ft(tmp_path, "init", "--yes", "--train", "train rows.jsonl", "--test", "test rows.jsonl")
    assert said.code == 0, said.out
    assert '"../../train rows.jsonl"' in (tmp_path / "specs/first/first.yaml").read_text()
    assert not (tmp_path / "specs/first/data").exists()


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--name", "My Model"), 64, "for example my-model"),
        (("--model", "smollm2-135m-instuct"), 64, "did you mean 'smollm2-135m-instruct'?"),
        (("--train", "x.jsonl"), 64, "go together"),
        (("--train", "none.jsonl", "--test", "none.jsonl"), 10, "there is no file"),
    ],
)
def test_a_bad_flag_is_one_sentence(
    tmp_path: Path, run_ft: RunFt, words: tuple[str, ...], code: int, sentence: str
) -> None:
    said = run_ft(tmp_path, "init", "--yes", *words)
    assert (said.code, sentence in said.out + said.err) == (code, True)


def test_only_models_that_can_be_trained_that_day_are_offered_the_embedded_one_first() -> None:
    today = date(2026, 11, 23)
    assert offered(today)[0].connection_type == "local"
    for row in MODELS:
        if row.retires is not None:
            assert row not in offered(row.retires)
            assert row.connection_type not in CONNECTIONS or row in offered(row.retires - timedelta(days=1))


@pytest.mark.parametrize("kind", CONNECTIONS)
def test_the_project_of_every_offered_connection_holds(tmp_path: Path, kind: str) -> None:
    (tmp_path / "ftsdk.yaml").write_text(project_file("ours", kind, kind))
    project = load_project(tmp_path).project
    assert (project.name, project.spec.connections[kind].type) == ("ours", kind)


@pytest.mark.parametrize("row", offered(date(2026, 11, 23)), ids=lambda row: row.name)
def test_the_spec_of_every_offered_model_holds(tmp_path: Path, row: object) -> None:
    name, kind = getattr(row, "name", ""), getattr(row, "connection_type", "")
    files = {"ftsdk.yaml": project_file("ours", kind, kind)} | starter_files("first", name, kind, None, None)
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    checked = examine(tmp_path / "specs/first/first.yaml", load_project(tmp_path))
    assert [finding for finding in checked.findings if finding.severity == "error"] == []


def test_no_message_of_the_example_is_both_trained_and_tested() -> None:
    train, test = ({text for texts in table.values() for text in texts} for table in (TRAIN, TEST))
    assert not train & test
    assert TRAIN.keys() == TEST.keys()
