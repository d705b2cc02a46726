"""Who must agree before a plan starts or promotes: the spec's ceiling and the project's rule, applied to one plan."""

from __future__ import annotations

import json
import re
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ftsdk.errors import ApprovalNeeded, PlanStale, PolicyDenied
from ftsdk.plan import needs, team_of
from ftsdk.plan.value import Plan
from ftsdk.prices import Interval
from ftsdk.spec.model import Project
from ftsdk.testing import workspace
from ftsdk.testing.example import SPEC, example_files
from ftsdk.workspace import Workspace

EXAMPLE = "specs/example.yaml"
PEOPLE = "people: {dana: {github: dana}, omar: {github: omar}}\n  groups: {leads: {people: [omar, dana]}}"
PROJECT = f"apiVersion: ftsdk/v1\nkind: Project\nspec:\n  {PEOPLE}\n"
PRICES = "  prices: [{model: '*', training: 500.0, source: our contract of 2026}]\n"
RULE = "  policy: {approvals: {count: 1, from: ['group:leads']}}\n"


def project(**spec: Any) -> Project:
    """A project with these parts."""
    return Project.model_validate_json(json.dumps({"spec": spec}))


def plan(usd: float = 10.0, spec: str = SPEC) -> Plan:
    """The example's plan at a price."""
    with workspace(files={EXAMPLE: spec, "ftsdk.yaml": PROJECT}) as ws:
        return ws.plan(EXAMPLE).model_copy(update={"usd": Interval(low=usd, likely=usd, high=usd, unit="USD")})


def test_without_rules_nobody_must_agree() -> None:
    assert needs(plan(), project()) == ()


@pytest.mark.parametrize(("usd", "acts"), [(10.0, []), (10.01, ["start"])])
def test_a_rule_above_an_amount_holds_above_it(usd: float, acts: list[str]) -> None:
    rules = project(policy={"approvals": {"above_usd": 10.0, "from": ["person:dana"]}})
    spec = SPEC.replace("promote: {alias: production}", "promote: {alias: production, when: manual}")
    assert [need.act for need in needs(plan(usd, spec), rules)] == acts


def test_a_rule_without_an_amount_holds_for_the_start_and_the_promotion() -> None:
    found = needs(plan(), project(policy={"approvals": {"count": 2, "from": ["group:leads"], "expires": "24h"}}))
    assert [(need.act, need.count, need.approvers, need.expires_seconds) for need in found] == [
        ("start", 2, ("group:leads",), 86400.0),
        ("promote", 2, ("group:leads",), 86400.0),
    ]


def test_an_advisory_rule_holds_nobody_up() -> None:
    assert needs(plan(), project(policy={"approvals": {"from": ["person:dana"], "level": "advisory"}})) == ()


def test_a_spec_may_ask_for_its_own_promotions() -> None:
    spec = SPEC.replace("{alias: production}", "{alias: production, approvals: {from: ['person:omar']}}")
    assert [(need.act, need.approvers) for need in needs(plan(spec=spec), project())] == [("promote", ("person:omar",))]


def test_a_rule_that_names_nobody_falls_to_the_teams_owners_or_is_denied() -> None:
    rule = {"policy": {"approvals": {"count": 1}}}
    teams = {"teams": {"search": {"paths": ["specs/**"], "owners": ["person:omar"]}}}
    assert needs(plan(), project(**rule, **teams))[0].approvers == ("person:omar",)
    with pytest.raises(PolicyDenied, match="names nobody"):
        needs(plan(), project(**rule))


def test_the_team_is_what_the_spec_names_or_where_it_lies() -> None:
    made = plan()
    teams = project(teams={"a": {"paths": ["other/**"]}, "b": {"paths": ["specs/*.yaml"]}})
    assert team_of(made.spec, made.spec_path, teams) == "b"
    assert team_of(made.spec, "elsewhere/x.yaml", teams) is None
    named = made.spec.model_copy(update={"metadata": made.spec.metadata.model_copy(update={"team": "a"})})
    assert team_of(named, made.spec_path, teams) == "a"


def test_apply_asks_waits_and_starts_once_somebody_agreed() -> None:
    with workspace(files={"ftsdk.yaml": PROJECT + RULE}) as ws:
        with pytest.raises(ApprovalNeeded, match="needs 1 of group:leads to agree; nothing was started"):
            ws.apply(EXAMPLE, actor="github:dana")
        assert ws.runs() == ()
        ws.approvals.decide(ws.plan(EXAMPLE).digest, "github:omar", "approve")
        run = ws.apply(EXAMPLE, actor="github:dana")
        assert run.row.requested_by == "github:dana"


# What changes -> its file, the new text, and how the refusal names it.
CHANGES = {
    "spec": (EXAMPLE, SPEC.replace("margin: 0.0", "margin: 0.02"), "the spec"),
    "data": (
        "specs/train.jsonl", example_files()["specs/train.jsonl"].replace("What is 0 plus 0?", "Zero and zero?"),
        r"what trains \(dataset.train\)",
    ),
    "prompt": ("specs/prompt.md", "Another prompt.\n", "the files"),
    "policy": ("ftsdk.yaml", PROJECT + RULE.replace("count: 1", "count: 1, expires: 24h") + PRICES, "the policy"),
    "prices": ("ftsdk.yaml", PROJECT + RULE + PRICES.replace("500.0", "600.0"), "the cost ceiling"),
    "contract": ("ftsdk.yaml", PROJECT + RULE + PRICES.replace("of 2026", "of 2027"), "the prices"),
}  # fmt: skip


def change(ws: Workspace, what: str) -> Workspace:
    """The workspace after somebody changed something in it."""
    path, text, _said = CHANGES[what]
    (ws.root / path).write_text(text)
    return Workspace(ws.root, providers={"local": ws.provider("local")}, poll_seconds=0.0)


@pytest.mark.parametrize("what", CHANGES)
def test_what_changed_after_it_was_approved_is_stale_and_starts_nothing(what: str) -> None:
    with workspace(files={"ftsdk.yaml": PROJECT + RULE + PRICES}) as ws:
        with pytest.raises(ApprovalNeeded):
            ws.apply(EXAMPLE, actor="github:dana")
        ws.approvals.decide(ws.plan(EXAMPLE).digest, "github:omar", "approve")
        changed = change(ws, what)
        with pytest.raises(PlanStale, match=f"has changed since: .*{CHANGES[what][2]}"):
            changed.apply(EXAMPLE, actor="github:dana")
        assert changed.runs() == ()
        changed.close()


@pytest.mark.parametrize("what", CHANGES)
def test_what_changed_between_the_start_and_the_create_buys_no_job(what: str) -> None:
    """Approved, applied, and changed before a worker reached the phase that pays."""
    with workspace(files={"ftsdk.yaml": PROJECT + RULE + PRICES}) as ws:
        with pytest.raises(ApprovalNeeded):
            ws.apply(EXAMPLE, actor="github:dana")
        ws.approvals.decide(ws.plan(EXAMPLE).digest, "github:omar", "approve")
        started = ws.apply(EXAMPLE, actor="github:dana")
        changed = change(ws, what)
        run = changed.run(started.id).wait()
        assert isinstance(run.error, PlanStale)
        assert re.search(f"has changed since: .*{CHANGES[what][2]}.* nothing was spent", run.error.message)
        assert "job" not in run.row.data
        changed.close()


def test_a_worker_that_lives_longer_than_the_policy_sees_the_policy_change() -> None:
    with workspace(files={"ftsdk.yaml": PROJECT + RULE + PRICES}) as ws:
        with pytest.raises(ApprovalNeeded):
            ws.apply(EXAMPLE, actor="github:dana")
        ws.approvals.decide(ws.plan(EXAMPLE).digest, "github:omar", "approve")
        run = ws.apply(EXAMPLE, actor="github:dana")
        (ws.root / "ftsdk.yaml").write_text(CHANGES["policy"][1])
        run.wait()
        assert isinstance(run.error, PlanStale)
        assert "the policy" in run.error.message


def test_a_new_commit_that_changes_nothing_of_a_plan_leaves_its_approval_standing() -> None:
    """A merge gives every plan another head: what an approval binds to is content, or no merge could be applied."""
    with workspace(files={"ftsdk.yaml": PROJECT + RULE}) as ws:
        commit(ws.root, "as it was planned")
        with pytest.raises(ApprovalNeeded):
            ws.apply(EXAMPLE, actor="github:dana")
        ws.approvals.decide(ws.plan(EXAMPLE).digest, "github:omar", "approve")
        (ws.root / "README.md").write_text("New.\n")
        commit(ws.root, "no part of the plan")
        assert ws.apply(EXAMPLE, actor="github:dana").row.phase == "check"


def test_a_head_that_moved_to_another_spec_voids_the_approval() -> None:
    with workspace(files={"ftsdk.yaml": PROJECT + RULE}) as ws:
        commit(ws.root, "as it was planned")
        with pytest.raises(ApprovalNeeded):
            ws.apply(EXAMPLE, actor="github:dana")
        ws.approvals.decide(ws.plan(EXAMPLE).digest, "github:omar", "approve")
        (ws.root / EXAMPLE).write_text(CHANGES["spec"][1])
        commit(ws.root, "one line more, pushed after the approval")
        with pytest.raises(PlanStale, match="has changed since: the spec") as stale:
            ws.apply(EXAMPLE, actor="github:dana")
        assert stale.value.exit_code == 13
        assert (ws.runs(), ws.approvals.approved(ws.plan(EXAMPLE).digest, "start", Decimal(0))) == ((), False)


def commit(root: Path, message: str) -> None:
    """A commit of everything."""
    who = ["-c", "user.name=dana", "-c", "user.email=dana@example.com", "-c", "init.defaultBranch=main"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", message]):
        subprocess.run(["git", *who, *words], cwd=root, check=True)


def test_a_promotion_waits_for_its_people_and_then_moves_the_alias() -> None:
    spec = SPEC.replace("{alias: production}", "{alias: production, approvals: {from: ['person:omar']}}")
    with workspace(files={"ftsdk.yaml": PROJECT, EXAMPLE: spec}) as ws:
        run = ws.apply(EXAMPLE, actor="github:dana")
        for _event in run.watch():
            if run.row.phase == "await_approval" and ws.approvals.list():
                break
        assert ws.store.aliases() == ()
        ws.approvals.decide(ws.approvals.list()[0].digest, "github:omar", "approve")
        with ws.database.begin() as connection:
            connection.exec_driver_sql("UPDATE runs SET due_at = 0, owner = NULL, lease_until = 0")
        assert run.wait().error is None
        assert ws.store.aliases() == ("example@production",)
