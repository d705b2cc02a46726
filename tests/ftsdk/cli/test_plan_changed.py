"""`ft plan --changed` plans every spec that a change touches, in whatever way it does, and understands no other."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import ftsdk.cli.affected
from ftsdk.cli.starter import project_file, starter_files
from tests.ftsdk.cli.conftest import RunFt, Said

DEFAULTS = """\
  defaults:
  - {match: "specs/charlie/*", spec: {system_prompt: {file: told.md}, method: {epochs: 2}}}
"""


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True, timeout=60)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Specs in git: bravo's rows are shared, charlie's prompt is a default, and delta's lies behind a link."""
    files = starter_files("first", "smollm2-135m-instruct", "local", None, None)
    below = {name.removeprefix("specs/first/"): text for name, text in files.items() if name.startswith("specs/first/")}
    spec = below.pop("first.yaml")
    for name in ("alfa", "bravo", "charlie", "delta"):
        text = spec.replace("name: first", f"name: {name}")
        if name == "bravo":
            text = text.replace("data/train.jsonl", '"../../shared/tr\\u0061in.jsonl"')
        if name == "charlie":
            text = text.replace("  system_prompt: {file: prompts/short.md}", "  # ftsdk.yaml says the prompt")
            text = text.replace("    epochs: auto", "    seed: 7")
        if name == "delta":
            text = text.replace("prompts/short.md", "linked/short.md")
        write(tmp_path / "specs" / name, {**below, f"{name}.yaml": text, "told.md": "Answer with the code alone."})
    write(tmp_path / "shared", {"train.jsonl": below["data/train.jsonl"], "short.md": "Sort it."})
    (tmp_path / "specs/delta/linked").symlink_to("../../shared")
    write(tmp_path, {"ftsdk.yaml": project_file("ours", "local", "local") + DEFAULTS, ".gitignore": ".ftsdk/\n"})
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "as it is")
    return tmp_path


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def planned(said: Said) -> list[str]:
    """The names of what was planned."""
    assert said.code == 0, said.err + said.out
    return [plan["name"] for plan in json.loads(said.out)["plans"]]


@pytest.mark.parametrize(
    ("file", "touched"),
    [
        ("specs/alfa/alfa.yaml", ["alfa"]),
        ("specs/alfa/data/train.jsonl", ["alfa"]),
        ("specs/alfa/data/test.jsonl", ["alfa"]),
        ("specs/delta/prompts/long.md", ["delta"]),
        ("shared/train.jsonl", ["bravo"]),
        ("specs/charlie/told.md", ["charlie"]),
        ("specs/alfa/told.md", []),
        ("shared/short.md", ["delta"]),
        ("README.md", []),
    ],
)
def test_a_file_that_differs_has_exactly_the_specs_planned_that_name_it(
    project: Path, run_ft: RunFt, file: str, touched: list[str]
) -> None:
    path = project / file
    text = path.read_text() if path.exists() else ""
    path.write_text(text + ("# later\n" if file.endswith(".yaml") else text[: text.find("\n") + 1] or "Shortly.\n"))
    assert planned(run_ft(project, "plan", "--changed", "main", "--format", "json")) == touched


def test_a_file_that_is_gone_is_told_of_in_every_spec_that_names_it(project: Path, run_ft: RunFt) -> None:
    (project / "shared/train.jsonl").unlink()
    said = run_ft(project, "plan", "--changed", "main", "--format", "json")
    assert said.code == 10
    assert [each["spec_path"].endswith("specs/bravo/bravo.yaml") for each in json.loads(said.out)["unplanned"]] == [
        True
    ]


def test_other_defaults_are_a_change_of_the_specs_that_they_complete(project: Path, run_ft: RunFt) -> None:
    rules = project / "ftsdk.yaml"
    rules.write_text(rules.read_text().replace("epochs: 2", "epochs: 3"))
    said = run_ft(project, "plan", "--changed", "main", "--format", "json")
    assert planned(said) == ["charlie"]
    (plan,) = json.loads(said.out)["plans"]
    (change,) = plan["changes"]
    assert (change["path"], change["old"], change["new"]) == ("spec.method.epochs", "2", "3")
    assert change["place"]["file"] == "ftsdk.yaml"
    assert json.loads(said.out)["notes"] == []


def test_other_rules_are_not_in_force_yet_and_that_is_said(project: Path, run_ft: RunFt) -> None:
    rules = project / "ftsdk.yaml"
    rules.write_text(f"# why\n{rules.read_text()}  policy: {{min_test_rows: {{rows: 9}}}}\n")
    with (project / "specs/alfa/alfa.yaml").open("a") as file:
        file.write("  timeout: 3h\n")
    said = json.loads(run_ft(project, "plan", "--changed", "main", "--format", "json").out)
    (plan,) = said["plans"]
    assert plan["name"] == "alfa" and "min_test_rows" not in [verdict["rule"] for verdict in plan["policy"]]
    (note,) = said["notes"]
    assert note.startswith("ftsdk.yaml changes policy: these plans go by what it says at main")
    assert "note: ftsdk.yaml changes policy" in run_ft(project, "plan", "--changed", "main").out


def test_a_spec_may_be_named_beside_by_path_or_name(project: Path, run_ft: RunFt) -> None:
    for name in ("alfa", "bravo"):
        with (project / f"specs/{name}/{name}.yaml").open("a") as file:
            file.write("  timeout: 3h\n")
    for words in (["bravo"], ["specs/bravo/bravo.yaml"], ["bravo", "specs/charlie/charlie.yaml"]):
        assert planned(run_ft(project, "plan", *words, "--changed", "main", "--format", "json")) == ["bravo"]


def test_specs_that_could_not_name_a_change_are_not_examined(
    project: Path, run_ft: RunFt, monkeypatch: pytest.MonkeyPatch
) -> None:
    examined: list[str] = []
    examine: Callable[..., object] = ftsdk.cli.affected.examine_bytes

    def counted(data: bytes, path: Path, project: object) -> object:
        examined.append(path.name)
        return examine(data, path, project)

    monkeypatch.setattr(ftsdk.cli.affected, "examine_bytes", counted)
    with (project / "specs/alfa/data/train.jsonl").open("a") as file:
        file.write("\n")
    assert planned(run_ft(project, "plan", "--changed", "main", "--format", "json")) == ["alfa"]
    assert examined == ["alfa.yaml", "bravo.yaml"]  # bravo's text has an escape, which could hide any name


def test_rows_and_prompts_of_the_revision_are_read_once(
    project: Path, run_ft: RunFt, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (project / "specs/alfa/data/train.jsonl").open("a") as file:
        file.write((project / "specs/alfa/data/train.jsonl").read_text().splitlines()[0] + "\n")
    first = run_ft(project, "plan", "--changed", "main", "--format", "json")
    monkeypatch.setattr("ftsdk.cli.changed.Revision.contents", None)
    again = run_ft(project, "plan", "--changed", "main", "--format", "json")
    changes = [json.loads(said.out)["plans"][0]["changes"] for said in (first, again)]
    assert changes[0] == changes[1] and changes[0][0]["path"] == "dataset.train"
    assert changes[0][0]["note"] == "+1 -0 rows"
    told = run_ft(project, "plan", "--changed", "main").out
    assert "(+1 -0 rows)" in told
