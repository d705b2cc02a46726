"""`ft plan` over a project, and the commands around it: what they say, what they keep and how they exit."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import MakeProject
from tests.ftsdk.cli.conftest import RunFt

RULE = "  policy: {min_test_rows: {rows: 100000, level: hard_mandatory}}\n"


@pytest.fixture
def project(make_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in git, everything committed on main; its spec was never applied."""
    root = make_project(tmp_path / "project")
    (root / ".gitignore").write_text(".ftsdk/\n")
    (root / "ftsdk.yaml").write_text("apiVersion: ftsdk/v1\nkind: Project\nspec:\n  specs: ['*.yaml']\n")
    git(root, "init", "-q", "-b", "main")
    commit(root)
    for name in ("GITHUB_ACTIONS", "FTSDK_STORE_URL"):
        monkeypatch.delenv(name, raising=False)
    return root


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True, timeout=60)


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "as it is")


def test_every_spec_is_planned_and_the_exit_code_tells_of_changes_only_when_asked(project: Path, run_ft: RunFt) -> None:
    plain = run_ft(project, "plan", "--format", "json")
    assert plain.code == 0, plain.err
    assert [plan["change"] for plan in json.loads(plain.out)["plans"]] == ["train"]
    assert run_ft(project, "plan", "--detailed-exitcode").code == 2
    assert run_ft(project, "plan", "--expect-no-changes").code == 17
    assert run_ft(project, "plan", "--changed", "main", "--detailed-exitcode").code == 0


def test_offline_is_the_last_snapshot_and_its_age_is_said(project: Path, run_ft: RunFt) -> None:
    none = run_ft(project, "plan", "--offline")
    assert none.code == 64 and "ft refresh" in none.err
    assert run_ft(project, "refresh").code == 0
    before = (project / ".ftsdk" / "snapshot.json").read_bytes()
    offline = run_ft(project, "plan", "--offline")
    assert offline.code == 0, offline.err
    assert (project / ".ftsdk" / "snapshot.json").read_bytes() == before


def test_what_is_kept_is_shown_again(project: Path, run_ft: RunFt) -> None:
    assert run_ft(project, "plan", "--out", "plan.json").code == 0
    shown = run_ft(project, "show", "plan.json", "--format", "json")
    digest = json.loads((project / "plan.json").read_text())["plans"][0]["digest"]
    assert digest in shown.out
    (project / "plan.json").write_text("{}")
    assert run_ft(project, "show", "plan.json").code == 64


def test_a_branch_cannot_loosen_the_rules_of_the_branch_that_it_goes_to(project: Path, run_ft: RunFt) -> None:
    strict = (project / "ftsdk.yaml").read_text()
    assert "\nspec:\n" in strict
    (project / "ftsdk.yaml").write_text(strict.replace("\nspec:\n", f"\nspec:\n{RULE}"))
    commit(project)
    git(project, "checkout", "-q", "-b", "mine")
    (project / "ftsdk.yaml").write_text(strict)
    (project / "tiny.yaml").write_text((project / "tiny.yaml").read_text() + "  timeout: 3h\n")
    commit(project)
    refused = run_ft(project, "plan", "--changed", "main", "--format", "json")
    (plan,) = json.loads(refused.out)["plans"]
    assert [verdict["passed"] for verdict in plan["policy"] if verdict["rule"] == "min_test_rows"] == [False]
    assert refused.code in (10, 11)
    assert [change["path"] for change in plan["changes"]] == ["spec.timeout"]


def test_on_a_runner_without_the_store_nothing_is_called_new(
    project: Path, run_ft: RunFt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    (plan,) = json.loads(run_ft(project, "plan", "--format", "json").out)["plans"]
    assert plan["state"].startswith("state unknown: reuse, drift and remaining budget not checked")


def test_the_action_applies_only_where_it_is_the_applier_and_the_store_outlives_the_runner(
    project: Path, run_ft: RunFt
) -> None:
    manual = run_ft(project, "pr", "apply", "--since", "main")
    assert manual.code == 11 and "applier: action" in manual.err
    text = (project / "ftsdk.yaml").read_text()
    (project / "ftsdk.yaml").write_text(text.replace("\nspec:\n", "\nspec:\n  applier: action\n"))
    refused = run_ft(project, "pr", "apply", "--since", "main")
    assert refused.code == 11 and "FTSDK_STORE_URL" in refused.err and "nothing was started" in refused.err


def test_findings_go_to_code_scanning_and_to_annotations(project: Path, run_ft: RunFt) -> None:
    sarif = json.loads(run_ft(project, "plan", "--format", "sarif").out)
    assert sarif["version"] == "2.1.0"
    assert run_ft(project, "plan", "--format", "github").code == 0


def test_prices_and_costs_have_an_answer(project: Path, run_ft: RunFt) -> None:
    costs = run_ft(project, "costs", "--format", "json")
    assert json.loads(costs.out)["runs"] == []
    (local,) = json.loads(run_ft(project, "prices", "smollm2-135m-instruct", "--format", "json").out)["prices"]
    assert local["training"]["low"] == 0 and local["training"]["source"]
