"""Facts from files, forms and programs: units, words, what is not understood, and hostile input."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsdk.advise import Facts, Origin, read_facts
from tests.ftsdk.advise.any_facts import any_facts


def test_the_open_cases_are_understood_whole(cases: list[dict[str, Any]]) -> None:
    for case in cases:
        assert read_facts(case["facts"])[1] == ()


def test_facts_may_stand_inside_a_case() -> None:
    assert read_facts({"situation": "we ...", "facts": {"goal": "cost"}})[0].goal == "cost"


def test_a_misspelt_fact_is_told_and_left_out() -> None:
    facts, findings = read_facts({"gaol": "cost"})
    assert facts == Facts()
    assert "gaol" in findings[0].message and "'goal'" in (findings[0].help or "")


def test_a_value_that_a_fact_cannot_have_is_told_and_counts_as_unknown() -> None:
    facts, findings = read_facts({"volume_band": "hihg", "tried": {"rag": "splendid", "magic": "works"}})
    assert facts.volume_band == "unknown"
    assert [finding.code for finding in findings] == [
        "facts/unknown-value",
        "facts/unknown-value",
        "facts/unknown-field",
    ]
    assert "did you mean 'high'" in (findings[0].help or "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("calls_per_month", "3,000 tokens"),
        ("calls_per_month", "many"),
        ("prompt_tokens", "20 per day"),
        ("prompt_tokens", float("nan")),
        ("n_examples", -5),
        ("n_examples", True),
        ("base_score", 7),
    ],
)
def test_numbers_in_wrong_units_count_as_unknown_and_are_told(field: str, value: Any) -> None:
    facts, findings = read_facts({field: value})
    assert getattr(facts, field) is None
    assert len(findings) == 1 and field in findings[0].message


def test_yes_and_no_may_be_booleans() -> None:
    """A YAML 1.1 reader turns them into such."""
    facts, findings = read_facts({"eval_set": False, "verifiable": True, "tried": {"caching": False}})
    assert (facts.eval_set, facts.verifiable, facts.tried.caching) == ("no", "yes", "no")
    assert findings == ()


def test_null_unknown_and_missing_are_the_same() -> None:
    blank = {"goal": None, "failure": [], "tried": {"rag": "unknown"}, "n_examples": None, "team": "unknown"}
    assert read_facts(blank)[0].known() == {}


def test_each_fact_says_where_it_came_from() -> None:
    facts, _ = read_facts({"goal": "cost"})
    assert facts.origins["goal"] == Origin(kind="answered")
    measured = facts.changed({"n_examples": 300}, Origin(kind="measured", where="train.jsonl"))
    assert measured.origins["n_examples"].where == "train.jsonl"
    assert measured.origins["goal"].kind == "answered"


@given(any_facts())
def test_facts_survive_json(facts: Facts) -> None:
    assert Facts.model_validate_json(facts.model_dump_json()) == facts


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from([*Facts.model_fields, "facts", "x"])


@given(st.dictionaries(_NAMES, _JSON, max_size=6))
def test_nothing_that_a_mapping_holds_raises(content: dict[str, Any]) -> None:
    facts, _ = read_facts(content)
    assert isinstance(facts, Facts)
