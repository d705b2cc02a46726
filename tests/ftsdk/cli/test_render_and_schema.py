"""`ft render` shows what takes effect and why; `ft schema` keeps what editors check with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftsdk.spec import check, load_project
from ftsdk.spec.effective import as_yaml, effective
from tests.ftsdk.cli.conftest import RunFt

ROOT = Path(__file__).parents[3]
SPECS = sorted(path for path in ROOT.glob("specs/*/*.yaml"))

PROJECT = """\
kind: Project
spec:
  defaults:
    - match: specs/**
      spec: {method: {seed: 7}, evaluation: {max_tokens: 16}}
"""


@pytest.fixture
def project(tmp_path: Path, run_ft: RunFt) -> Path:
    run_ft(tmp_path, "init", "--yes")
    (tmp_path / "ftsdk.yaml").write_text(PROJECT)
    return tmp_path


def origins(project: Path, run_ft: RunFt) -> dict[str, tuple[object, str]]:
    """Path -> value and origin, as JSON says it."""
    said = run_ft(project, "render", "first", "--origin", "--format", "json")
    return {item["path"]: (item["value"], item["origin"]) for item in json.loads(said.out)["values"]}


def test_every_value_says_which_line_or_default_it_is_from(project: Path, run_ft: RunFt) -> None:
    found = origins(project, run_ft)
    assert found["spec.model"] == ("smollm2-135m-instruct", "specs/first/first.yaml:9:10")
    assert found["spec.method.seed"] == (7, "ftsdk.yaml:5:29")
    assert found["spec.evaluation.max_tokens"][1] == "specs/first/first.yaml:17:17"  # the spec wins
    assert found["spec.method.epochs"] == (2, "specs/first/first.yaml:12:13, auto: the catalogue's for this model")
    assert found["spec.promote.when"] == ("gates_pass", "default: gates fail closed")


def test_the_same_stands_behind_each_line_for_people(project: Path, run_ft: RunFt) -> None:
    said = run_ft(project, "render", "first", "--origin").out
    (line,) = [line for line in said.splitlines() if "seed:" in line]
    assert line.split() == ["seed:", "7", "#", "ftsdk.yaml:5:29"]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_what_is_rendered_is_a_spec_that_means_the_same(path: Path, tmp_path: Path) -> None:
    spec, findings = check(path, root=ROOT)
    assert spec is not None, findings
    copy = path.with_name("rendered-by-a-test.yaml")
    copy.write_text(as_yaml(effective(spec), origin=True))
    try:
        again, findings = check(copy, root=ROOT, project=load_project(ROOT))
    finally:
        copy.unlink()
    assert again is not None, findings
    assert as_yaml(effective(again), origin=False) == as_yaml(effective(spec), origin=False)


def test_text_that_looks_like_something_else_is_quoted(tmp_path: Path, run_ft: RunFt) -> None:
    run_ft(tmp_path, "init", "--yes")
    spec = tmp_path / "specs/first/first.yaml"
    labels = (
        "metadata:\n  labels: {a: '1e-5', b: 'true', c: '# x', d: \"two\\nlines\", e: ' pad', f: 日本, g: '-', h: ''}"
    )
    spec.write_text(spec.read_text().replace("metadata:", labels, 1))
    said = run_ft(tmp_path, "render", "first")
    spec.write_text(said.out)
    assert run_ft(tmp_path, "render", "first").out == said.out


def test_the_schema_is_of_the_2020_12_dialect_and_each_kind_has_one(run_ft: RunFt, tmp_path: Path) -> None:
    for kind in ("FineTune", "Project", "Decision"):
        schema = json.loads(run_ft(tmp_path, "schema", "--kind", kind).out)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["title"] == kind


def test_a_stale_schema_is_told(project: Path, run_ft: RunFt) -> None:
    (project / ".ftsdk" / "finetune.v1.schema.json").write_text("{}")
    said = run_ft(project, "schema", "--check")
    assert (said.code, "ft schema --write" in said.err) == (10, True)
    assert run_ft(project, "schema", "--write").code == 0
    assert run_ft(project, "schema", "--check").code == 0
