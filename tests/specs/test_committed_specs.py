"""Every committed spec is one that the spec's own model accepts, and every file it names is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from ftsdk.cli.schema import text_of
from ftsdk.spec.kinds import KINDS
from ftsdk.spec.model import FewShotArm, FineTune, JsonSchemaMetric, Project, PromptedArm, PromptFile
from ftsdk.spec.schema import schema_file

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs").rglob("*.yaml"))


def load(path: Path) -> FineTune:
    # As JSON, because strict mode takes lists for tuples only there.
    return FineTune.model_validate_json(json.dumps(yaml.safe_load(path.read_text("utf-8"))))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_file_that_a_spec_names_is_there(path: Path) -> None:
    body = load(path).spec
    assert body.evaluation is not None
    names = [body.dataset.train, body.evaluation.dataset, *(suite.dataset for suite in body.evaluation.suites)]
    names += [arm.prompted for arm in body.evaluation.arms if isinstance(arm, PromptedArm)]
    names += [arm.prompt for arm in body.evaluation.arms if isinstance(arm, FewShotArm) and arm.prompt]
    names += [metric.schema_ for metric in body.evaluation.metrics if isinstance(metric, JsonSchemaMetric)]
    names += [body.system_prompt.file] if isinstance(body.system_prompt, PromptFile) else []
    assert [name for name in names if not (path.parent / name).is_file()] == []


def test_names_of_specs_are_unique() -> None:
    names = [load(path).metadata.name for path in SPECS]
    assert sorted(names) == sorted(set(names))
    assert {"tickets", "tickets-fast", "style"} <= set(names)


def test_the_project_file_is_a_project() -> None:

    text = json.dumps(yaml.safe_load((ROOT / "ftsdk.yaml").read_text("utf-8")))
    assert "local" in Project.model_validate_json(text).spec.connections


def test_the_committed_schemas_are_of_this_version() -> None:
    """Editors check with them; `ft schema --write` brings them up to date."""
    for kind in KINDS:
        assert (ROOT / schema_file(kind)).read_text(encoding="utf-8") == text_of(kind), "give `ft schema --write`"
