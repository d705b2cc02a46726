"""Money: the arithmetic of calls, the break-even in closed form and by simulation, and what may be claimed."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsdk.advise import Facts, advise, read_facts
from ftsdk.advise.money import CostInputs, Deal, Range, cost_inputs, net_saving, payback_months, price_out
from ftsdk.advise.money.export import cost_csv
from ftsdk.advise.money.simulate import simulate
from ftsdk.advise.units import NotAQuantity, money
from ftsdk.prices import (
    CallShape,
    Terms,
    calls_that_pay_hosting,
    cost_per_call,
    cost_with_errors,
    static_tokens_that_pay,
    training_run_cost,
)
from ftsdk.stats import rows_for_non_inferiority

TODAY = date(2026, 11, 22)
AZURE = 1.70 * 730


def exactly(value: float) -> Range:
    return Range(low=value, likely=value, high=value)


# -- what the field's worked examples say (the numbers of benchmarks/advise_cases/breakeven.txt) ---------------------


def test_caching_eats_the_argument_of_the_shorter_prompt() -> None:
    """Section 1: a Sonnet-class model, 6,000 static and 3,000 dynamic tokens in, 2,000 out."""
    shape, plain = CallShape(static=6000, dynamic=3000, output=2000), Terms(input=3, output=15)
    cached = Terms(input=3, output=15, cache_hits=0.99, cache_read=0.1, cache_write=1.25)
    batched = cached.model_copy(update={"batched": 0.75})
    removed = cost_per_call(shape.model_copy(update={"static": 0}), plain)
    assert cost_per_call(shape, plain) == pytest.approx(0.0570)
    assert cost_per_call(shape, cached) == pytest.approx(0.0409, abs=2e-4)
    assert cost_per_call(shape, batched) == pytest.approx(0.0258, abs=3e-4)
    assert removed == pytest.approx(0.0390)
    assert cost_per_call(shape, cached) - removed == pytest.approx(0.00185, abs=2e-4)


@pytest.mark.parametrize(
    ("surcharge", "read", "factor", "tokens"),
    [(1.5, 1, 0.5, 450), (1.5, 0.25, 2, 1800), (2, 1, 1, 900), (2, 0.25, 4, 3600), (1, 0.1, 0, 0)],
)
def test_how_long_a_prompt_must_be_to_be_worth_dropping(
    surcharge: float, read: float, factor: float, tokens: float
) -> None:
    """Section 2: 300 tokens in, 150 out, output at four times the input price."""
    assert static_tokens_that_pay(surcharge, read, 300, 150, 4) == pytest.approx(tokens)
    assert static_tokens_that_pay(surcharge, read, 1, 0, 4) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("hosting", "calls"),
    [
        (AZURE, (2_482_000, 620_500, 124_100, 24_820)),
        (2.95 * 730, (4_307_000, 1_076_750, 215_350, 43_070)),
        (13 * 730, (18_980_000, 4_745_000, 949_000, 189_800)),
    ],
)
def test_calls_that_just_pay_for_hosting(hosting: float, calls: tuple[int, ...]) -> None:
    """Section 3."""
    savings = (0.0005, 0.002, 0.01, 0.05)
    assert [calls_that_pay_hosting(hosting, saving) for saving in savings] == pytest.approx(list(calls))
    assert calls_that_pay_hosting(hosting, 0) is None


def test_training_runs_are_the_small_part() -> None:
    """Section 4."""
    assert training_run_cost(500, 1000, 3, 5) == 7.5
    assert training_run_cost(2000, 1500, 3, 25) == 225
    assert training_run_cost(10_000, 1500, 3, 0.5) == 22.5


@pytest.mark.parametrize(
    ("calls", "fall", "months"),
    [
        *((calls, fall, None) for calls in (1e4, 1e5) for fall in (1, 3, 10)),
        (1e6, 1, 11.5), (1e6, 3, None), (1e6, 10, None), (1e7, 1, 0.8), (1e7, 3, 0.9), (1e7, 10, 0.9),
    ],
)  # fmt: skip
def test_payback_of_the_worked_example(calls: float, fall: float, months: float | None) -> None:
    """Section 5, whose months come from a stepped simulation: the closed form is within a tenth or so of them."""
    found = payback_months(Deal(calls, 0.004, 0.0006, 25_000, AZURE, fall), 24)
    assert found == (None if months is None else pytest.approx(months, abs=0.11))


@pytest.mark.parametrize(
    ("discordant", "rows"),
    [(0.1, (1547, 688, 248, 62)), (0.2, (3093, 1375, 495, 124)), (0.3, (4639, 2062, 743, 186))],
)
def test_rows_that_show_not_worse(discordant: float, rows: tuple[int, ...]) -> None:
    """Section 7, which rounded its normal quantiles: within a tenth of a per cent and one row."""
    for margin, expected in zip((0.02, 0.03, 0.05, 0.10), rows, strict=True):
        assert rows_for_non_inferiority(margin, discordant) == pytest.approx(expected, rel=1e-3, abs=1)


def worked(calls: float, scale: float = 1.0, fall: tuple[float, float, float] = (1, 3, 12)) -> CostInputs:
    """Our ranges for section 6: volume a quarter to three times, prices and people as assumed where nothing is told."""
    return CostInputs(
        calls=Range(low=calls / 4, likely=calls, high=3 * calls),
        before=Range(low=0.002, likely=0.004, high=0.008).times(scale),
        after=Range(low=0.0004, likely=0.0008, high=0.002),
        fixed=Range(low=8_000, likely=25_000, high=80_000),
        hosting=Range(low=0, likely=AZURE, high=3_000),
        price_fall=Range(low=fall[0], likely=fall[1], high=fall[2]),
        retrain_every=0,
    )


SECTION_6 = {
    "200k": (worked(2e5), 0.00, -44_389, "fixed"),
    "200k cached": (worked(2e5, 0.4), 0.00, -48_979, "fixed"),
    "2M": (worked(2e6), 0.35, -17_892, "calls"),
    "2M cached": (worked(2e6, 0.4), 0.02, -47_657, "fixed"),
    "20M cached": (worked(2e7, 0.4), 0.28, -38_416, "after"),
    "2M hard": (worked(2e6, 0.4, (1, 1.5, 2)), 0.07, -37_188, "fixed"),
}


@pytest.mark.parametrize("name", SECTION_6)
def test_the_worked_simulation_in_sign_and_size(name: str) -> None:
    """Section 6, whose ranges were not told in full."""
    inputs, chance, median, widest = SECTION_6[name]
    cost = price_out(inputs)
    assert cost.chance == pytest.approx(chance, abs=0.05)
    assert cost.p50 == pytest.approx(median, rel=0.12)
    assert cost.tornado[0].name == widest
    assert not cost.claim


def test_the_worked_simulations_in_order() -> None:
    """Section 6: 2M > 20M cached > 2M hard > 2M cached > 200k."""
    chances = {name: price_out(row[0]).chance for name, row in SECTION_6.items()}
    order = ["2M", "20M cached", "2M hard", "2M cached", "200k"]
    assert sorted(order, key=lambda name: -chances[name]) == order


# -- what must hold ---------------------------------------------------------------------------------------------------

MONEY = st.floats(1e-4, 0.1)


@given(st.floats(1e3, 1e8), MONEY, MONEY, st.floats(100, 1e5), st.floats(0, 5000), st.floats(1, 20))
def test_the_closed_form_is_the_sum_of_the_days(
    calls: float, before: float, after: float, fixed: float, hosting: float, fall: float
) -> None:
    deal = Deal(calls, before, after, fixed, hosting, fall)
    months = (np.arange(12 * 300) + 0.5) / 300
    daily = calls * (before * fall ** (-months / 12) - after) - hosting
    gross = calls * (before + after) * 12 + hosting * 12 + fixed
    assert net_saving(deal, 12) == pytest.approx(daily.sum() / 300 - fixed, abs=0.01 * gross)


@given(st.floats(1e3, 1e8), MONEY, st.floats(100, 1e5), st.floats(1, 20))
def test_simulation_and_closed_form_agree_where_nothing_is_in_doubt(
    calls: float, before: float, fixed: float, fall: float
) -> None:
    inputs = CostInputs(calls=exactly(calls), before=exactly(before), after=exactly(0.001), fixed=exactly(fixed),
                        hosting=exactly(1000), price_fall=exactly(fall), gate=1.0)  # fmt: skip
    deal = Deal(calls, before, 0.001, fixed, 1000, fall, inputs.retrain_every, inputs.retrain_share)
    expected = net_saving(deal, 12)
    assert simulate(inputs, draws=10) == pytest.approx([expected] * 10, rel=0.01, abs=1)


@given(st.floats(0, 1e9), MONEY, st.floats(1, 3), st.floats(0, 5000), st.floats(1, 20))
def test_a_model_that_costs_no_less_never_pays(
    calls: float, before: float, more: float, hosting: float, fall: float
) -> None:
    assert payback_months(Deal(calls, before, before * more, 1000, hosting, fall), 60) is None


@given(st.floats(0, 1), st.floats(0.0001, 0.01), st.floats(1, 20))
def test_hosting_needs_its_calls(share: float, saving: float, fall: float) -> None:
    """Below H / s calls it never pays, whatever else."""
    calls = share * 1241 / saving
    assert payback_months(Deal(calls, 0.001 + saving, 0.001, 1, 1241, fall), 60) is None


def test_payback_is_where_the_saving_crosses_zero() -> None:
    deal = Deal(3e6, 0.004, 0.0008, 25_000, AZURE, 3)
    months = payback_months(deal, 24)
    assert months is not None
    assert net_saving(deal, months) == pytest.approx(0, abs=1)
    assert net_saving(deal, months - 0.1) < 0


def test_retraining_can_take_the_payback_away() -> None:
    once = Deal(1e6, 0.004, 0.0006, 20_000, AZURE)
    again = once._replace(retrain_every=2, retrain_share=0.3)
    assert payback_months(once, 24) == pytest.approx(9.26, abs=0.01)
    assert payback_months(again, 24) is None


def test_the_same_seed_gives_the_same_numbers() -> None:
    assert price_out(worked(2e6)) == price_out(worked(2e6))
    assert price_out(worked(2e6), seed=7).p50 != price_out(worked(2e6)).p50


def test_thresholds_are_where_the_net_saving_turns() -> None:
    threshold = price_out(worked(2e6)).thresholds[0]
    assert threshold.name == "calls" and threshold.value is not None and "calls a month: no" in threshold.text
    deal = Deal(threshold.value, 0.004, 0.0008, 25_000, AZURE, 3)
    assert net_saving(deal, 12) == pytest.approx(0, abs=5)


def test_errors_and_retries_are_paid_for() -> None:
    assert cost_with_errors(0.01, retry_rate=0.2, error_rate=0.01, cost_of_error=5) == pytest.approx(0.0625)


# -- in the advice ----------------------------------------------------------------------------------------------------

PAYS = {
    "goal": "cost", "failure": ["cost"], "tried": {"prompting": "works_but_costly", "caching": "works"},
    "calls_per_month": "4.3M", "narrowness": "narrow", "data_amount": "plenty", "eval_set": "yes",
    "cost": {"bill": "$250k", "fixed": {"low": "20k", "likely": "40k", "high": "80k"}},
}  # fmt: skip


def test_a_claim_is_made_only_from_seventy_per_cent_on() -> None:
    paying = advise(PAYS, today=TODAY)
    assert paying.cost and paying.cost.claim and paying.cost.chance >= 0.7
    assert any(reason.code == "pays_back" for reason in paying.option("distil").reasons_for)
    rare = advise(PAYS | {"calls_per_month": 10_000, "cost": {}}, today=TODAY)
    assert rare.cost and not rare.cost.claim and rare.cost.payback is None
    assert "No claim" in rare.cost.text and "never" in rare.cost.text
    assert any(reason.code == "cost_not_amortised" for reason in rare.option("distil").reasons_against)


def test_no_claim_in_the_open_case_where_cost_does_not_amortise(by_id: dict[str, dict[str, Any]]) -> None:
    advice = advise(by_id["flores-extraction"]["facts"], today=TODAY)
    assert advice.recommendation == "sft" and advice.cost and not advice.cost.claim


def test_without_a_number_of_calls_there_is_no_break_even() -> None:
    assert advise({"goal": "cost", "failure": ["cost"]}, today=TODAY).cost is None


def test_currencies_and_their_names_change_nothing() -> None:
    costs = [cost_inputs(read_facts(PAYS | {"cost": {"fixed": sum}})[0], TODAY)
             for sum in ("20600", "$20.6k", "20,000 EUR", "€20k", "20 thousand euros")]  # fmt: skip
    assert all(item and item.fixed.likely == pytest.approx(20_600) for item in costs)
    assert money("40 cents") == pytest.approx(0.4)
    with pytest.raises(NotAQuantity):
        money("20 tokens")


def test_parts_of_the_fixed_cost_may_be_told() -> None:
    told = {"engineering_days": 15, "day_rate": "$900", "labels": 2000, "label_price": "$2", "evaluation": "$5k",
            "training": 0}  # fmt: skip
    inputs = cost_inputs(read_facts(PAYS | {"cost": told})[0], TODAY)
    assert inputs and inputs.fixed.likely == 13_500 + 4_000 + 5_000


def test_what_is_not_understood_of_the_cost_is_told() -> None:
    facts, findings = read_facts({"cost": {"fxied": 1, "fixed": {"low": 5, "high": 1}, "hosting": "3 tokens"}})
    assert facts.cost == {}
    assert [finding.code for finding in findings] == [
        "facts/unknown-field",
        "facts/unknown-value",
        "facts/unknown-value",
    ]


def test_the_horizon_ends_with_the_model_that_would_be_tuned() -> None:
    facts = read_facts(PAYS | {"current_model": "gpt-4.1-mini", "provider_ft_access": "yes"})[0]
    inputs = cost_inputs(facts.changed({"current_model": "gpt-4.1"}), TODAY)
    assert inputs and inputs.horizon_months == pytest.approx(10.7, abs=0.1)  # Azure serves until October 2027


def test_every_assumed_number_is_shown_with_source_and_date() -> None:
    advice = advise(PAYS, today=TODAY)
    shown = {item.name for item in advice.assumptions}
    assert {"cost.calls", "cost.before", "cost.after", "cost.fixed", "cost.hosting", "cost.price_fall"} <= shown
    assert all(item.source and item.as_of for item in advice.assumptions)


def evaluated(sheet: list[list[str]], at: str) -> float:
    """A cell of the exported sheet, its formula computed."""
    import math
    import re

    column, row = ord(at[0]) - ord("A"), int(at[1:]) - 1
    cell = sheet[row][column]
    if not cell.startswith("="):
        return float(cell)
    code = re.sub(r"\b([B-D])(\d+)\b", lambda found: f"cell('{found[0]}')", cell[1:])
    names = {"cell": lambda name: evaluated(sheet, name), "LN": math.log, "EXP": math.exp, "INT": math.floor,
             "MAX": max, "IF": lambda test, yes, no: yes if test else no}  # fmt: skip
    return float(eval(code, {"__builtins__": {}}, names))


def test_the_exported_formulas_give_the_same_numbers() -> None:
    cost = price_out(worked(2e6).model_copy(update={"retrain_every": 5}))
    sheet = list(csv.reader(StringIO(cost_csv(cost))))
    row = next(number for number, line in enumerate(sheet, 1) if line and line[0] == "net saving if the gate passes")
    deal = Deal(2e6, 0.004, 0.0008, 25_000, AZURE, 3, 5, 0.15)
    assert evaluated(sheet, f"C{row}") == pytest.approx(net_saving(deal, 12), rel=0.01)
    assert Facts().cost == {}
