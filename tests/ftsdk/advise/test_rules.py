"""Every row of the tables has a case in which it holds and one in which it does not; the unknown holds nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

import pytest

from ftsdk.advise import OPTIONS, Facts
from ftsdk.advise.domain import CHOICES, FAILURES
from ftsdk.advise.engine import score
from ftsdk.advise.gates import GATES
from ftsdk.advise.options import CODES
from ftsdk.advise.rule import Gate, Rule
from ftsdk.advise.rules import RULES
from ftsdk.advise.view import view

FAILURE_SETS = [tuple(f for f in FAILURES if f in chosen) for n in (0, 1, 2) for chosen in combinations(FAILURES, n)]
# Which facts stand behind what a rule looks at, and answers that reach every value of it.
BEHIND: dict[str, Mapping[str, Sequence[Any]]] = {
    "failure": {"failure": FAILURE_SETS},
    "quality": {"failure": FAILURE_SETS},
    "volume": {"volume_band": ["unknown", *CHOICES["volume_band"]]},
    "data": {"data_amount": ["unknown", *CHOICES["data_amount"]]},
    "corpus": {"corpus_tokens": [None, 1e5, 1e7, 1e10]},
    "prompt": {"prompt_tokens": [None, 500, 5000]},
    "prefix": {"static_tokens": [None, 500, 5000]},
    "base_score": {"base_score": [None, 0.0, 0.5, 1.0]},
    "prompting": {"tried.prompting": ["unknown", *CHOICES["tried.prompting"]]},
    "open_base": {"current_model": ["unknown", "llama-2", "gpt-4o"]},
    "weights_stay_here": {"privacy": ["unknown", *CHOICES["privacy"]]},
}


def facts_behind(rule: Rule | Gate) -> dict[str, Sequence[Any]]:
    fields: dict[str, Sequence[Any]] = {}
    for clause in rule.clauses:
        fields |= BEHIND.get(clause.key) or {clause.key: ["unknown", *CHOICES[clause.key]]}
    return fields


def every_case(rule: Rule | Gate) -> Iterator[Facts]:
    fields = facts_behind(rule)
    for values in product(*fields.values()):
        yield Facts().changed(dict(zip(fields, values, strict=True)))


def first_case(rule: Rule | Gate, *, fires: bool) -> Facts | None:
    return next((facts for facts in every_case(rule) if rule.fires(view(facts)) is fires), None)


@pytest.mark.parametrize("rule", (*RULES, *GATES), ids=lambda rule: rule.id)
def test_a_rule_holds_in_a_case_that_people_can_have(rule: Rule | Gate) -> None:
    assert first_case(rule, fires=True) is not None


@pytest.mark.parametrize("rule", [rule for rule in (*RULES, *GATES) if rule.clauses], ids=lambda rule: rule.id)
def test_a_rule_does_not_hold_in_another(rule: Rule | Gate) -> None:
    other = first_case(rule, fires=False)
    assert other is not None
    assert rule.id not in {line.rule for line in score(other).trace}


@pytest.mark.parametrize("rule", [rule for rule in (*RULES, *GATES) if rule.clauses], ids=lambda rule: rule.id)
def test_an_unknown_fact_makes_no_rule_hold_unless_it_asks_for_it(rule: Rule | Gate) -> None:
    facts = first_case(rule, fires=True)
    assert facts is not None
    for clause in rule.clauses:
        if "?" not in clause.values:
            blank = {name: values[0] for name, values in (BEHIND.get(clause.key) or {clause.key: ["unknown"]}).items()}
            assert not rule.fires(view(facts.changed(blank)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_that_holds_is_in_the_trace_with_its_points(rule: Rule) -> None:
    facts = first_case(rule, fires=True)
    assert facts is not None
    lines = {line.option: line.points for line in score(facts).trace if line.rule == rule.id}
    assert lines == dict(rule.points)


def test_every_rule_says_why_and_where_from() -> None:
    for rule in (*RULES, *GATES):
        assert rule.reason.endswith(".")
        assert rule.source and rule.as_of and rule.code
    assert len({rule.id for rule in (*RULES, *GATES)}) == len(RULES) + len(GATES)


def test_a_condition_on_something_that_no_fact_tells_is_refused() -> None:
    with pytest.raises(ValueError, match="colour=red"):
        Rule("x", "colour=red", {"prompt": 1}, "x", "x.", "x")


def test_every_option_has_a_plain_title_and_sentence() -> None:
    assert list(OPTIONS) == list(CODES)
    for code, option in OPTIONS.items():
        assert option.sentence.endswith(".")
        if "_" in code or code in ("sft", "rft", "dpo", "cpt"):  # the other codes are words too
            assert code not in f"{option.title} {option.sentence}".lower()
