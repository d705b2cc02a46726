"""The pull request's comment is bounded, and nothing that its author wrote acts in it."""

from __future__ import annotations

import pytest

from ftsdk.plan.value import FieldChange, Plan, PlanSet
from ftsdk.report.pull_request import MARKER, MAX_CHARACTERS, pull_request
from ftsdk.testing import workspace

HOSTILE = [
    "```\n</details>",
    "</details><script>alert(1)</script>",
    "@everyone",
    "<!-- x -->",
    "~~~~\n`````",
    "| a | b |",
]


@pytest.fixture(scope="module")
def plan() -> Plan:
    with workspace() as ws:
        return ws.plan("specs/example.yaml")


@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_the_author_stay_words(plan: Plan, words: str) -> None:
    change = FieldChange(path="spec.x", old=words, new=words + "!", change="train", note=words)
    text = pull_request(PlanSet(plans=(plan.model_copy(update={"why": words, "changes": (change,)}),)))
    outside = [line for line in text.split("\n") if not line.startswith(("- spec.x", "+ spec.x"))]
    assert "\n".join(outside).count("</details>") == 1
    assert "\n".join(outside).count("<!--") == 1
    assert "<script>" not in "\n".join(outside)
    assert "@everyone" not in "\n".join(outside)
    fences = [line for line in text.split("\n") if line.startswith("```")]
    assert len(fences) == 2 and fences[1] == fences[0].removesuffix("diff")
    assert not any(fences[1] in line for line in text.split("\n") if line.startswith(("- spec.x", "+ spec.x")))


def test_a_thousand_specs_fit_and_unchanged_ones_are_hidden(plan: Plan) -> None:
    many = PlanSet(plans=(plan,) * 1000)
    text = pull_request(many)
    assert len(text) <= MAX_CHARACTERS
    assert text.startswith(MARKER)
    quiet = pull_request(PlanSet(plans=(plan.model_copy(update={"change": "none"}),)))
    assert "no changes" in quiet and "example" not in quiet
