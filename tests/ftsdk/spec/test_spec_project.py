"""The project file is found by walking up, has defaults, and says which files are specs."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftsdk.errors import SpecError
from ftsdk.spec import Project, find_root, find_specs, json_schema, load_project


def test_the_root_is_the_nearest_directory_above_with_ftsdk_yaml(root: Path) -> None:
    assert find_root(root / "specs" / "data") == root.resolve()
    assert find_root(root / "specs" / "tickets.yaml") == root.resolve()
    assert find_root(root.parent) is None


def test_without_ftsdk_yaml_the_defaults_hold(tmp_path: Path) -> None:
    assert load_project(tmp_path) == Project()


def test_a_project_is_read_with_the_same_care_as_a_spec(root: Path) -> None:
    (root / "ftsdk.yaml").write_text("kind: Project\nspec:\n  stores: {}\n  specs: x\n")
    with pytest.raises(SpecError) as caught:
        load_project(root)
    assert [finding.code for finding in caught.value.findings] == ["spec/unknown-key", "spec/wrong-value"]
    assert caught.value.findings[0].help == "did you mean 'store'?"


def test_only_documents_meant_as_specs_are_found(good: str, root: Path) -> None:
    (root / "specs" / "broken.yaml").write_text("a: [")
    (root / "specs" / "typo.yaml").write_text(good.replace("kind: FineTune", "kind: FineTun"))
    (root / "specs" / "other.yaml").write_text("services: {}\n")
    (root / "specs" / "decision.yaml").write_text("apiVersion: ftsdk/v1\nkind: Decision\n")
    names = [path.name for path in find_specs(root, load_project(root))]
    assert names == ["broken.yaml", "tickets.yaml", "typo.yaml"]


@pytest.mark.parametrize("pattern", ["/etc/*", "../*.yaml", "", "a**/b"])
def test_a_pattern_that_leaves_the_root_or_means_nothing_is_refused(root: Path, pattern: str) -> None:
    (root / "ftsdk.yaml").write_text(f"kind: Project\nspec: {{specs: ['{pattern}']}}\n")
    with pytest.raises(SpecError, match="pattern"):
        find_specs(root, load_project(root))


def test_the_schema_names_the_keys_as_they_are_written() -> None:
    schema = json_schema()
    assert schema["$schema"].endswith("2020-12/schema")
    assert set(schema["required"]) == {"apiVersion", "kind", "metadata", "spec"}
    assert "schema" in schema["$defs"]["JsonSchemaMetric"]["properties"]
    assert "connections" in json_schema("Project")["$defs"]["ProjectBody"]["properties"]
