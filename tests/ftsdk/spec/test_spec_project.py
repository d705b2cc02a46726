"""The project file is found by walking up, has defaults, and says which files are specs."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftsdk.errors import SpecError
from ftsdk.spec import Project, check_project, find_root, find_specs, json_schema, load_project


def test_the_root_is_the_nearest_directory_above_with_ftsdk_yaml(root: Path) -> None:
    assert find_root(root / "specs" / "data") == root.resolve()
    assert find_root(root / "specs" / "tickets.yaml") == root.resolve()
    assert find_root(root.parent) is None


def test_without_ftsdk_yaml_the_defaults_hold(tmp_path: Path) -> None:
    assert load_project(tmp_path).project == Project()


def test_a_project_is_read_with_the_same_care_as_a_spec(root: Path) -> None:
    (root / "ftsdk.yaml").write_text("kind: Project\nspec:\n  stores: {}\n  specs: x\n")
    with pytest.raises(SpecError) as caught:
        load_project(root)
    assert [finding.code for finding in caught.value.findings] == ["spec/unknown-key", "spec/wrong-value"]
    assert caught.value.findings[0].help == "did you mean 'store'?"


def test_the_search_ends_at_the_root_of_the_repository(tmp_path: Path) -> None:
    """A planted ftsdk.yaml above a checkout is not picked up."""
    (tmp_path / "ftsdk.yaml").write_text("kind: Project\n")
    (tmp_path / "checkout" / ".git").mkdir(parents=True)
    assert find_root(tmp_path / "checkout") is None


def test_the_files_of_the_patterns_are_found_in_order_and_hidden_ones_are_not(good: str, root: Path) -> None:
    for name in ("b.yaml", "a.yml", "deep/er/c.yaml", ".hidden.yaml", ".dir/d.yaml"):
        path = root / "specs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(good)
    found = [path.relative_to(root).as_posix() for path in find_specs(load_project(root)) if isinstance(path, Path)]
    assert found == ["specs/b.yaml", "specs/tickets.yaml", "specs/deep/er/c.yaml"]


def test_a_link_to_a_directory_is_not_followed(root: Path) -> None:
    (root / "specs" / "loop").symlink_to(root)
    assert len(list(find_specs(load_project(root)))) == 1


@pytest.mark.parametrize("pattern", ["/etc/*", "../*.yaml", "", "a**/b"])
def test_a_pattern_that_leaves_the_root_or_means_nothing_is_refused_at_its_place(root: Path, pattern: str) -> None:
    (root / "ftsdk.yaml").write_text(f"kind: Project\nspec: {{specs: ['{pattern}']}}\n")
    with pytest.raises(SpecError) as caught:
        load_project(root)
    (finding,) = caught.value.findings
    assert (finding.code, str(finding.place)) == ("spec/pattern", "ftsdk.yaml:2:16")


def test_the_schema_names_the_keys_as_they_are_written() -> None:
    schema = json_schema()
    assert schema["$schema"].endswith("2020-12/schema")
    assert set(schema["required"]) == {"apiVersion", "kind", "metadata", "spec"}
    assert "schema" in schema["$defs"]["JsonSchemaMetric"]["properties"]
    assert "connections" in json_schema("Project")["$defs"]["ProjectBody"]["properties"]


@pytest.mark.parametrize(
    ("spec", "code", "line", "help"),
    [
        ("people: {ada: {slack: U01ADA25}, bob: {slack: U01ADA25}}", "spec/same-account", 3, None),
        ("groups: {leads: {people: [ada]}}", "spec/unknown-person", 3, "known in this file"),
        ("teams: {a: {paths: [x], owners: ['group:leads']}}", "spec/unknown-approver", 3, "known in this file"),
        ("people: {ada: {}}\n  policy: {overrides_from: ['person:adda']}", "spec/unknown-approver", 4,
         "did you mean 'person:ada'?"),
        ("people: {ada: {}}\n  policy: {approvals: {from: ['group:ada']}}", "spec/unknown-approver", 4, None),
        ("defaults: [{match: '**', spec: {method: {epocs: 3}}}]", "spec/unknown-key", 3, "did you mean 'epochs'?"),
        ("defaults: [{match: '**', spec: {budget: {max_usd: lots}}}]", "spec/wrong-value", 3, None),
    ],
)  # fmt: skip
def test_rules_across_the_project_have_their_places(
    tmp_path: Path, spec: str, code: str, line: int, help: str | None
) -> None:
    (tmp_path / "ftsdk.yaml").write_text(f"kind: Project\nspec:\n  {spec}\n")
    project, findings = check_project(tmp_path)
    assert project is None
    (finding,) = [one for one in findings if one.severity == "error"]
    assert finding.code == code
    assert finding.place is not None and finding.place.line == line
    assert help is None or finding.help == help
