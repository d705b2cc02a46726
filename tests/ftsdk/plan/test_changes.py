"""What differs is told by field and place, classed by one table, and never a confident "new" without a store."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ftsdk.diagnostics import Severity
from ftsdk.plan import Plan, holds, moved
from ftsdk.plan.policy import month_spent
from ftsdk.plan.snapshot import NO_STATE, Money, Snapshot, State
from ftsdk.spec import Project
from tests.ftsdk.plan.conftest import last_of

PlanOf = Callable[..., Plan]
PRICES = [{"model": "smollm2-*", "training": 5, "tuned_input": 0.8, "tuned_output": 3.2, "input": 0.4, "output": 1.6}]


def changed(spec: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *parents, last = path.split(".")
    part = spec["spec"]
    for name in parents:
        part = part.setdefault(name, {})
    part[last] = value
    return spec


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("method.epochs", 3, "train"),
        ("gates", [{"metric": "exact", "min": 0.5}], "evaluate"),
        ("evaluation.max_rows", 30, "evaluate"),
        ("promote", {"alias": "staging"}, "promote"),
        ("timeout", "12h", "metadata"),
    ],
)
def test_a_change_has_the_class_of_its_field_and_its_place(
    plan_of: PlanOf, spec: dict[str, Any], path: str, value: Any, expected: str
) -> None:
    before = plan_of()
    after = plan_of(json.dumps(changed(spec, path, value), indent=1), {before.fingerprint: "r7"}, last_of(before))
    assert after.change == expected
    assert all(change.place is not None and change.place.line for change in after.changes)
    assert any(change.path.startswith(f"spec.{path}") for change in after.changes)


def test_nothing_changed_is_nothing_to_do(plan_of: PlanOf) -> None:
    before = plan_of()
    assert plan_of(known={before.fingerprint: "r7"}, last=last_of(before)).change == "none"


def test_without_a_store_a_plan_says_what_it_did_not_check(plan_of: PlanOf) -> None:
    plan = plan_of(state=False)
    assert plan.why == NO_STATE
    assert plan.state == NO_STATE
    assert plan.digest == plan_of().digest


def test_an_earlier_name_keeps_its_history(plan_of: PlanOf, spec: dict[str, Any]) -> None:
    before = plan_of()
    spec["metadata"] = {"name": "renamed", "previous_names": ["tickets"]}
    after = plan_of(spec, {before.fingerprint: "r7"}, last_of(before))
    assert after.change == "metadata"
    assert "metadata.name" in [change.path for change in after.changes]


def test_days_pass_and_the_digest_stays(plan_of: PlanOf) -> None:
    ends, today = date(2027, 1, 14), date(2026, 11, 22)
    first, later = plan_of(retires=ends, day=today), plan_of(retires=ends, day=today + timedelta(days=9))
    assert first.digest == later.digest
    assert first.life is not None and first.life.days_from(today) == 53
    assert plan_of(retires=date(2027, 1, 15), day=today).digest != first.digest


def test_a_short_life_is_a_warning_with_what_still_trains_and_an_end_is_an_error(plan_of: PlanOf) -> None:
    warned = {f.code: f for f in plan_of(retires=date(2027, 1, 14)).findings}
    assert warned["plan/short-life"].severity is Severity.warning
    assert "together" in (warned["plan/short-life"].help or "")
    ended = {f.code: f for f in plan_of(retires=date(2026, 11, 1)).findings}
    assert ended["plan/not-trainable"].severity is Severity.error


def test_each_part_of_the_cost_has_its_formula_and_its_source(plan_of: PlanOf) -> None:
    plan = plan_of(project={"prices": PRICES})
    training = next(line for line in plan.costs if line.what == "training")
    assert training.usd.likely == pytest.approx(plan.ledger.input * 2 * 5 / 1e6)
    assert "2 epochs" in training.formula
    assert training.source == "spec.prices of ftsdk.yaml"
    assert {line.what for line in plan.costs} == {"training", "evaluation"}
    assert plan.usd.likely == pytest.approx(sum(line.usd.likely for line in plan.costs))


RULES: list[tuple[str, dict[str, Any]]] = [
    ("models", {"allow": ["gpt-*"]}),
    ("connections", {"allow": ["openai-*"]}),
    ("methods", {"allow": ["dpo"]}),
    ("required_gates", {"versus": "base"}),
    ("min_test_rows", {"rows": 41}),
    ("min_power", {"points": 1}),
    ("max_usd_per_run", {"usd": 0.0001}),
    ("max_usd_per_month", {"usd": 0.0001}),
    ("min_life_days", {"days": 60}),
]


@pytest.mark.parametrize(("rule", "written"), RULES)
@pytest.mark.parametrize("level", ["advisory", "hard_mandatory"])
def test_a_broken_rule_is_told_at_its_place_as_severely_as_it_is_meant(
    plan_of: PlanOf, rule: str, written: dict[str, Any], level: str
) -> None:
    project = {"prices": PRICES, "policy": {rule: {**written, "level": level}}}
    plan = plan_of(project=project, retires=date(2027, 1, 14))
    (verdict,) = [verdict for verdict in plan.policy if verdict.rule == rule]
    assert not verdict.passed and verdict.place is not None and verdict.place.file == "spec.yaml"
    (finding,) = [f for f in plan.findings if f.code == f"policy/{rule.replace('_', '-')}"]
    assert finding.severity is (Severity.warning if level == "advisory" else Severity.error)


def test_a_month_that_nobody_can_add_up_breaks_its_rule(plan_of: PlanOf) -> None:
    project = {"policy": {"max_usd_per_month": {"usd": 1000}}}
    assert [v.passed for v in plan_of(project=project).policy if v.rule == "max_usd_per_month"] == [True]
    assert [v.passed for v in plan_of(project=project, state=False).policy if v.rule == "max_usd_per_month"] == [False]


def test_a_stale_plan_says_what_moved(plan_of: PlanOf, spec: dict[str, Any]) -> None:
    saved = plan_of()
    assert moved(saved, plan_of()) == ()
    assert any("what trains" in text for text in moved(saved, plan_of(changed(spec, "method.epochs", 5))))
    assert "the policy" in moved(saved, plan_of(project={"policy": {"min_test_rows": {"rows": 1}}}))


def test_a_month_counts_the_projects_money_once_however_many_ledgers_hold_it() -> None:
    usd = {"held": Decimal(2), "spent": Decimal(3)}
    money = tuple(Money(team=team, month=month, **usd) for team in ("*", "support") for month in ("2026-10", "2026-11"))
    snapshot = Snapshot(taken_at=datetime(2026, 11, 23, tzinfo=UTC), state=State(money=money))
    assert month_spent(snapshot, "2026-11") == Decimal(5)
    assert month_spent(snapshot.model_copy(update={"state": None}), "2026-11") is None


def test_a_rule_on_the_months_money_has_every_run_written_down_in_the_projects_ledger() -> None:
    project = Project.model_validate(
        {"apiVersion": "ftsdk/v1", "kind": "Project", "spec": {"policy": {"max_usd_per_month": {"usd": 10}}}}
    )
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert [(hold.team, hold.month) for hold in holds(None, Decimal(1), project, now)] == [("*", "2026-11")]


def test_the_month_whose_money_a_rule_looks_at_is_that_of_the_specs_team(plan_of: PlanOf) -> None:
    """At 23:30 UTC on the last of November it is December in Berlin, of which nothing is spent."""
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    spent = [Money(team="*", month="2026-11", held=Decimal(0), spent=Decimal(50))]
    for zone, kept in (("Europe/Berlin", True), ("UTC", False)):
        teams = {"us": {"paths": ["*.yaml"], "time_zone": zone}}
        project = {"teams": teams, "policy": {"max_usd_per_month": {"usd": 10}}}
        plan = plan_of(project=project, at=late, money=spent)
        assert [verdict.passed for verdict in plan.policy if verdict.rule == "max_usd_per_month"] == [kept]
        assert ("us 2026-12" in plan.budget) is kept
