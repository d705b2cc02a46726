"""What the commands say when they cannot go on: a sentence, a next step, an exit code, no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Ft, MakeProject

CASES: dict[str, tuple[list[str], int, str]] = {
    "no command": ([], 64, "usage: ft COMMAND"),
    "a misspelt command": (["aply"], 64, "did you mean `ft apply`?"),
    "an unknown option": (["plan", "tiny.yaml", "--forse"], 64, "ft plan --help"),
    "a missing argument": (["apply"], 64, "ft apply --help"),
    "a spec that is not there": (["plan", "tinny.yaml"], 10, "tinny.yaml"),
    "a spec name that is not there": (["plan", "tinny"], 64, "tinny"),
    "a directory for a spec": (["plan", "."], 10, "directory"),
    "a run that is not there": (["status", "r9"], 64, "no run r9"),
    "a spec without a run": (["compare", "tiny"], 64, "no run of tiny"),
    "an alias of the wrong form": (["resolve", "tiny"], 64, "not an alias"),
    "an alias that was never promoted": (["complete", "tiny@production", "x"], 64, "nothing was ever promoted"),
    "a plan file that is not there": (["apply", "tiny.yaml", "--plan", "p.json", "--yes"], 64, "p.json"),
    "a plan file that is something else": (["apply", "tiny.yaml", "--plan", "ftsdk.yaml", "--yes"], 64, "not a plan"),
    "nobody to say yes": (["apply", "tiny.yaml"], 64, "--yes"),
    "pull without a model": (["models", "pull"], 64, "which model?"),
    "pull of an unknown model": (["models", "pull", "smollm2-135m-instruc"], 15, "did you mean"),
}


@pytest.fixture(scope="module")
def project(make_project: MakeProject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("bad") / "project")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_says_so(case: str, project: Path, ft: Ft) -> None:
    words, code, sentence = CASES[case]
    said = ft(project, *words)
    assert said.returncode == code, said.stdout + said.stderr
    assert sentence in " ".join((said.stdout + said.stderr).split())
    assert "Traceback" not in said.stderr


def test_outside_a_project_it_says_what_to_write(tmp_path: Path, ft: Ft) -> None:
    said = ft(tmp_path, "validate")
    assert (said.returncode, "no ftsdk.yaml" in said.stderr) == (64, True)


def test_every_finding_of_a_spec_comes_at_once(project: Path, ft: Ft) -> None:
    (project / "bad.yaml").write_text((project / "tiny.yaml").read_text().replace("max_tokens", "max_tokns") + "x: 1\n")
    said = ft(project, "validate", "bad.yaml")
    assert said.returncode == 10
    assert "max_tokens" in said.stdout and "bad.yaml" in said.stdout and "'x'" in said.stdout


def test_a_file_in_the_place_of_the_state_is_one_sentence(make_project: MakeProject, tmp_path: Path, ft: Ft) -> None:
    root = make_project(tmp_path / "project")
    (root / ".ftsdk").write_text("")
    said = ft(root, "runs")
    assert (said.returncode, "cannot write the state directory" in said.stderr) == (1, True)


def test_a_project_without_specs_says_where_they_would_be(tmp_path: Path, ft: Ft) -> None:
    (tmp_path / "ftsdk.yaml").write_text("apiVersion: ftsdk/v1\nkind: Project\n")
    said = ft(tmp_path, "validate")
    assert (said.returncode, "specs/**/*.yaml" in said.stdout) == (0, True)


def test_a_reader_that_leaves_is_no_error(project: Path) -> None:
    """`ft plan tiny.yaml --format json | head -c 1` ends quietly."""
    command = f"{sys.executable} -m ftsdk.cli plan tiny.yaml --format json | head -c 1"
    said = subprocess.run(["bash", "-c", command], cwd=project, capture_output=True, text=True, check=True)
    assert (said.stdout, said.stderr) == ("{", "")
