"""plan.json is enough for rules in Rego: the example of the documents decides over plans as they are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from regopy import Interpreter

from ftsdk.plan.value import PlanSet
from ftsdk.testing import workspace

EXAMPLE = Path(__file__).parents[3] / "docs" / "example" / "policy" / "plan.rego"


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    with workspace() as ws:
        found: dict[str, Any] = json.loads(ws.plan("specs/example.yaml").model_dump_json(by_alias=True))
    return found


def denied(document: Any) -> list[str]:
    """What the example says of a document."""
    rego = Interpreter()
    rego.add_module("plan", EXAMPLE.read_text(encoding="utf-8"))
    rego.set_input(document)
    found: list[str] = json.loads(str(rego.query("data.main.deny")))["expressions"][0]
    return found


def test_a_plan_that_keeps_the_rules_passes_alone_and_among_others(written: dict[str, Any]) -> None:
    assert denied(written) == []
    assert denied(json.loads(PlanSet(plans=()).model_dump_json()) | {"plans": [written]}) == []


def test_each_rule_of_the_example_says_which_plan_breaks_it(written: dict[str, Any]) -> None:
    dear = written | {"usd": written["usd"] | {"high": 51.5}}
    ungated = json.loads(json.dumps(written))
    ungated["spec"]["spec"]["gates"] = []
    wrong = written | {"findings": [{"severity": "error", "message": "no rows"}]}
    said = denied({"plans": [dear, ungated, wrong]})
    assert any("$51.5" in text for text in said)
    assert "example goes to production without a gate" in said
    assert "example: no rows" in said
