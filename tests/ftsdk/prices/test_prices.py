"""Training costs an interval of money, or only this machine's time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ftsdk.catalogue import find_model
from ftsdk.prices import Interval, cost_words, training_cost

EMBEDDED = find_model("smollm2-135m-instruct")


def test_the_embedded_model_costs_no_money() -> None:
    cost = training_cost(10_000_000, EMBEDDED)
    assert (cost.low, cost.likely, cost.high, cost.unit) == (0, 0, 0, "USD")
    assert cost_words(cost) == "no money, only this machine's time"


def test_a_priced_model_costs_its_row_per_million_with_the_error_of_counting() -> None:
    row = EMBEDDED.model_copy(update={"usd_per_million_tokens": Decimal("5.00")})
    cost = training_cost(1_284_312, row)
    assert cost.likely == pytest.approx(6.42156)
    assert cost.low < cost.likely < cost.high
    assert cost_words(cost) == "$6.29 to $6.55"


def test_intervals_add_end_by_end_in_one_unit() -> None:
    seconds = Interval(low=1, likely=2, high=3, unit="seconds")
    assert seconds + seconds == Interval(low=2, likely=4, high=6, unit="seconds")
    with pytest.raises(ValueError, match="do not add up"):
        seconds + Interval(low=0, likely=0, high=0, unit="USD")
