"""What runs cost: at the project's own prices, in the team's money, and added up by what people ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftsdk import Workspace
from ftsdk.costs import coverage, sums
from ftsdk.testing import ScriptedProvider
from ftsdk.testing.example import example_files, right_answers

PROJECT = """\
apiVersion: ftsdk/v1
kind: Project
spec:
  teams: {ml: {paths: ["specs/**"], budget: {usd_per_month: 500}}}
  prices: [{model: "smollm2-*", training: 500, input: 100, output: 200, tuned_input: 200, tuned_output: 400}]
"""


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """The example under a team, with a label and prices of its own."""
    files = {**example_files(), "ftsdk.yaml": PROJECT}
    files["specs/example.yaml"] = files["specs/example.yaml"].replace(
        "{name: example}", "{name: example, labels: {cost-center: cc-1042}}"
    )
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return Workspace(tmp_path, providers={"local": ScriptedProvider(tuned=right_answers())})


def test_a_runs_bill_is_in_the_teams_money_and_a_second_look_pays_only_for_what_it_asks(
    ws: Workspace, tmp_path: Path
) -> None:
    first = ws.apply("specs/example.yaml").wait()
    tokens = first.row.data["result"]["tokens"]
    (cost,) = ws.costs()
    (job,) = [part for part in cost.parts if part.startswith("training ")]
    assert cost.parts[job] == pytest.approx(tokens * 500 / 1e6)
    assert cost.parts["evaluation"] > 0 and cost.guessed == ()
    assert float(ws.budgets()[0].spent) == pytest.approx(cost.actual or 0, abs=1e-5)
    spec = tmp_path / "specs/example.yaml"
    spec.write_text(spec.read_text().replace("margin: 0.0", "margin: 0.01"), "utf-8")
    ws.apply("specs/example.yaml").wait()
    again = ws.costs()[0]
    assert again.parts == {"evaluation": 0.0}, "the model is used again, and every answer was kept"
    assert float(ws.budgets()[0].spent) == pytest.approx(cost.actual or 0, abs=1e-5)


def test_bills_add_up_by_provider_and_label_with_the_coverage_of_each(ws: Workspace) -> None:
    ws.apply("specs/example.yaml").wait()
    (cost,) = ws.costs()
    for by, name in (
        ("provider", "local"),
        ("team", "ml"),
        ("label:cost-center", "cc-1042"),
        ("label:x", "no such label"),
    ):
        (group,) = sums([cost], by).items()
        assert group[0] == name
        assert (group[1]["actual"], group[1]["runs"], group[1]["judged"]) == (cost.actual, 1, 1)
    assert coverage([cost]) == (int(bool(cost.covered)), 1)
