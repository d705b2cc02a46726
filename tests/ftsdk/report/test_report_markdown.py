"""Markdown for pull requests: the same numbers, and nothing in names that Markdown would act on."""

from __future__ import annotations

from ftsdk.evals.value import Comparison
from ftsdk.plan.value import Plan
from ftsdk.report import markdown
from tests.ftsdk.report.made import make_comparison, make_plan


def test_a_comparison_says_headline_losses_arms_and_gates_in_this_order(comparison: Comparison) -> None:
    text = markdown(comparison)
    wanted = (
        "**tuned is better",
        "worse on 4 rows",
        "| arm | fields | valid |",
        "| valid at least 0.99 | cannot tell |",
    )
    places = [text.index(part) for part in wanted]
    assert places == sorted(places)


def test_a_plan_says_steps_time_cost_and_what_could_be_seen(plan: Plan) -> None:
    text = markdown(plan)
    assert "1. train: train 320 rows" in text
    assert "- time: about 3 min (2 min 10 s to 5 min)" in text
    assert "- cost: nothing, limit $5.00" in text
    assert "- 64 rows can show a gain of about 13 to 21 points or more" in text


def test_names_neither_mention_link_nor_break_a_table() -> None:
    text = markdown(make_comparison(4, headline="@team | <img src=x> [a](https://example.org) `x`\n# y"))
    first = text.splitlines()[0]
    assert "@team" not in first
    assert "https:" not in first
    for active in ("|", "<", "[", "`", "#"):
        assert f"\\{active}" in first
    assert "\n# y" not in text


def test_every_row_of_a_table_has_the_columns_of_its_head() -> None:
    for table in (block for block in markdown(make_plan()).split("\n\n") if block.startswith("|")):
        assert len({line.count("|") for line in table.splitlines()}) == 1
