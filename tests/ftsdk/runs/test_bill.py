"""The bill of a run that ends: by what was billed, asked and left standing, and never the same money twice."""

from __future__ import annotations

from typing import Any

import pytest

from ftsdk.plan import Plan
from ftsdk.plan.value import CostLine
from ftsdk.prices import Interval
from ftsdk.runs.bill import Bill, bill_at_end
from ftsdk.runs.value import Phase

RESULT = {"result": {"tokens": 1_100_000}}


def line(what: str, usd: float, quantity: float | None = None) -> CostLine:
    interval = Interval(low=usd / 2, likely=usd, high=usd * 2, unit="USD")
    fields = {"what": what, "usd": interval, "formula": "", "source": "", "sure": "high", "quantity": quantity}
    return CostLine.model_validate(fields)


COSTS = (
    line("training", 5.0, 1_000_000),
    line("evaluation", 1.0),
    line("judge", 0.5),
    line("hosting", 2.0, 3600),
    line("storage", 1.95),
)


def ended(data: dict[str, Any], phase: Phase = "promote", *, reuses: str | None = None, now: float = 9000) -> Bill:
    """The bill at an end; ``data`` remembers of it what the run would."""
    plan = Plan.model_construct(costs=COSTS, reuses_run=reuses)
    bill, learnt = bill_at_end(plan, phase, data, now)
    data |= learnt
    return bill


def test_a_finished_run_costs_its_billed_tokens_its_answers_its_minutes_and_a_month_of_storage() -> None:
    data = {"job": "j1", **RESULT, "comparison": "k", "evaluation_usd": 0.8, "deployed_at": 7200.0, "deployment": "d"}
    bill = ended(data)
    assert bill.parts == {"training j1": pytest.approx(5.5), "storage": 1.95, "evaluation": 0.8, "hosting": 1.0}
    assert bill.guessed == () and bill.billed == ()
    assert bill.usd == pytest.approx(9.25)


def test_what_the_provider_says_it_billed_is_the_price_of_the_job() -> None:
    bill = ended({"job": "j1", **RESULT, "so_far": {"billed": True, "usd": 6.42}})
    assert bill.parts["training j1"] == 6.42 and bill.billed == ("training j1",)


def test_a_run_that_made_no_job_costs_nothing_and_one_that_reuses_a_model_only_its_answers() -> None:
    assert ended({}, "check").usd == 0
    assert ended({"job": "j0", "comparison": "k", "evaluation_usd": 0.2}, reuses="r1").parts == {"evaluation": 0.2}


def test_of_a_job_that_failed_the_share_counts_that_was_trained() -> None:
    bill = ended({"job": "j1", "job_failed": True, "so_far": {"billed": False, "share": 0.4, "usd": 9.0}}, "train")
    assert bill.parts == {"training j1": pytest.approx(2.0)} and bill.guessed == ("training j1",)


def test_answers_without_a_price_and_those_of_an_evaluation_that_broke_are_as_estimated() -> None:
    data: dict[str, Any] = {"job": "j1", **RESULT}
    assert ended({**data, "comparison": "k", "evaluation_usd": None}).guessed == ("evaluation",)
    assert ended(data, "evaluate").parts["evaluation"] == 1.5


def test_a_retry_adds_what_was_spent_since_and_a_lost_job_stays_paid() -> None:
    data: dict[str, Any] = {"job": "j1", "job_failed": True, "so_far": {"billed": True, "usd": 1.0}}
    assert ended(data, "train").usd == 1.0
    again = {"bill": data["bill"], "job": "j2", **RESULT, "comparison": "k", "evaluation_usd": 0.3}
    assert ended(again, "gate").usd == pytest.approx(1.0 + 5.5 + 1.95 + 0.3)
    assert ended(again, "gate").usd == pytest.approx(8.75), "retried from the gate: nothing was asked again"
    again |= {"evaluation_usd": 0.2}
    assert ended(again, "gate").usd == pytest.approx(8.95)


def test_minutes_of_a_deployment_that_still_stands_go_on_after_a_retry() -> None:
    data: dict[str, Any] = {"job": "j1", **RESULT, "deployed_at": 0.0001, "deployment": "d"}
    assert ended(data, now=3600).parts["hosting"] == pytest.approx(2.0, abs=0.001)
    assert ended(data, now=7200).parts["hosting"] == pytest.approx(4.0, abs=0.001)
    data |= {"deployment": ""}
    assert ended(data, "tear_down", now=9000).parts["hosting"] == pytest.approx(5.0, abs=0.001)
    assert ended(data, now=99000).parts["hosting"] == pytest.approx(5.0, abs=0.001)


def test_a_job_by_the_hour_is_as_long_as_it_took_and_that_is_called_a_guess_because_it_may_have_waited() -> None:
    hours = line("training", 400.0, 4 * 3600.0).model_copy(update={"unit": "seconds"})
    plan = Plan.model_construct(costs=(hours, line("grader", 30.0)), reuses_run=None)
    data = {"job": "j1", "result": {"tokens": 7, "seconds": 5400.0}}
    bill, _ = bill_at_end(plan, "promote", data, 0)
    assert bill.parts == {"training j1": pytest.approx(150.0), "grader": 30.0}
    assert bill.guessed == ("grader", "training j1")
