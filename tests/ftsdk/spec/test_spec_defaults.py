"""What ftsdk.yaml says for many specs, what the environment says over it, and where each part is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftsdk.errors import SpecError
from ftsdk.spec import check, load_project
from ftsdk.spec.defaults import matches
from ftsdk.spec.environment import strange_variables

DEFAULTS = """\
kind: Project
spec:
  defaults:
    - match: specs/**
      spec: {method: {epochs: 7, seed: 1}, gates: [{metric: fields, min: 0.5}]}
    - match: specs/tickets.yaml
      spec:
        method: {seed: 9}
    - match: other/**
      spec: {method: {epochs: 50}}
"""


@pytest.mark.parametrize(
    ("pattern", "file", "fits"),
    [
        ("specs/**", "specs/a.yaml", True),
        ("specs/**", "specs/a/b/c.yaml", True),
        ("specs/**", "specs", False),
        ("specs/**/*.yaml", "specs/a.yaml", True),
        ("specs/*.yaml", "specs/a/b.yaml", False),
        ("**/b.yaml", "b.yaml", True),
        ("**/x/**/y.yaml", "a/x/b/c/y.yaml", True),
        ("specs/?.yaml", "specs/ab.yaml", False),
        ("**", "a/b", True),
    ],
)
def test_two_stars_stand_for_any_number_of_directories(pattern: str, file: str, fits: bool) -> None:
    assert matches(pattern, file) is fits


def test_a_pattern_of_many_stars_is_not_slow() -> None:
    assert not matches("/".join(["**", "a"] * 40), "/".join(["a"] * 79 + ["b"]))


def test_maps_merge_lists_replace_later_defaults_and_the_spec_win(root: Path) -> None:
    (root / "ftsdk.yaml").write_text(DEFAULTS)
    spec, findings = check(root / "specs" / "tickets.yaml", root=root)
    assert spec is not None, findings
    method = spec.spec.spec.method
    assert (method.epochs, method.seed, method.learning_rate) == (2, 9, 1e-3)
    assert [gate.metric for gate in spec.spec.spec.gates] == ["fields", "valid"]


def test_every_part_knows_the_file_and_line_it_came_from(root: Path) -> None:
    (root / "ftsdk.yaml").write_text(DEFAULTS)
    spec, _ = check(root / "specs" / "tickets.yaml", root=root)
    assert spec is not None
    assert str(spec.place("spec", "method", "seed")) == "ftsdk.yaml:8:24"
    assert str(spec.place("spec", "method", "epochs")) == "specs/tickets.yaml:9:13"


def test_what_is_wrong_in_defaults_is_shown_in_ftsdk_yaml(root: Path) -> None:
    (root / "ftsdk.yaml").write_text(DEFAULTS.replace("seed: 9", "seeed: 9").replace(", seed: 1", ""))
    with pytest.raises(SpecError) as caught:
        check(root / "specs" / "tickets.yaml", root=root)
    (finding,) = caught.value.findings
    assert (finding.code, str(finding.place), finding.help) == (
        "spec/unknown-key", "ftsdk.yaml:8:18", "did you mean 'seed'?",
    )  # fmt: skip


def test_a_null_in_the_spec_takes_a_default_away(good: str, root: Path) -> None:
    (root / "ftsdk.yaml").write_text("kind: Project\nspec: {defaults: [{match: '**', spec: {budget: {max_usd: 5}}}]}\n")
    path = root / "specs" / "tickets.yaml"
    spec, _ = check(path, root=root)
    assert spec is not None and spec.spec.spec.budget.max_usd == 5
    path.write_text(good.replace("  promote:", "  budget: {max_usd: null}\n  promote:"))
    spec, _ = check(path, root=root)
    assert spec is not None and spec.spec.spec.budget.max_usd is None


def test_the_environment_overrides_where_state_is_kept_and_nothing_else(root: Path) -> None:
    (root / "ftsdk.yaml").write_text("kind: Project\nspec: {store: {url: 'sqlite:///here.db', artefacts: there}}\n")
    found = load_project(root, {"FTSDK_STORE_URL": "postgresql://db/runs", "FTSDK_POLICY": "none", "HOME": "/"})
    store = found.project.spec.store
    assert (store.url, store.artefacts) == ("postgresql://db/runs", "there")
    assert found.place("spec", "store", "url").file == "FTSDK_STORE_URL"
    assert found.place("spec", "store", "artefacts").file == "ftsdk.yaml"


def test_an_empty_variable_overrides_nothing(root: Path) -> None:
    assert load_project(root, {"FTSDK_STORE_URL": ""}).project.spec.store.url == "sqlite:///.ftsdk/state.db"


def test_a_misspelt_variable_is_warned_about() -> None:
    (finding,) = strange_variables({"FTSDK_STORE_ULR": "x", "FTSDK_DEBUG": "1", "PATH": ""})
    assert (finding.severity, finding.help) == ("warning", "did you mean 'FTSDK_STORE_URL'?")


def test_a_default_that_is_no_mapping_is_refused_with_the_project(root: Path) -> None:
    (root / "ftsdk.yaml").write_text("kind: Project\nspec: {defaults: [{match: '**', spec: 3}]}\n")
    with pytest.raises(SpecError) as caught:
        load_project(root)
    assert str(caught.value.findings[0].place) == "ftsdk.yaml:2:39"
