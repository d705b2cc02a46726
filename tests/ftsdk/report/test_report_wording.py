"""Numbers as they are said."""

from __future__ import annotations

from decimal import Decimal
from math import inf, nan

import pytest

from ftsdk.plan.value import Interval
from ftsdk.report.curve import MOST_POINTS, loss_curve, ticks
from ftsdk.report.wording import duration, money, money_range, p_value, percent, points
from ftsdk.trainers.contract import StepMetric


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.42, "420 ms"),
        (3, "3 s"),
        (3.14, "3.1 s"),
        (59.7, "1 min"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (nan, "not known"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_shares_points_and_p_values_say_when_they_are_not_known() -> None:
    assert (percent(0.7123), percent(nan)) == ("71.2 %", "not known")
    assert (points(0.214), points(-0.01), points(inf)) == ("+21.4", "-1.0", "not known")
    assert (p_value(0.0000001), p_value(0.0234)) == ("< 0.001", "0.023")


def test_money_shows_cents_and_less_and_never_zero_for_something() -> None:
    assert (money(0), money(0.0042), money(Decimal("1234.5"))) == ("$0.00", "$0.0042", "$1,234.50")
    spread = Interval(low=0.9, likely=1.2, high=1.6, unit="usd")
    assert money_range(spread, Decimal(5)) == "about $1.20 ($0.90 to $1.60), limit $5.00"


def test_axes_end_on_round_numbers_that_cover_the_data() -> None:
    assert ticks(0, 2.23) == (0, 0.5, 1, 1.5, 2, 2.5)
    assert ticks(0, 0)[0] == 0


def test_a_long_curve_is_thinned_and_keeps_its_ends(metrics: tuple[StepMetric, ...]) -> None:
    many = [metrics[0].model_copy(update={"step": step, "loss": 1.0}) for step in range(1, 10_001)]
    curve = loss_curve(many)
    assert curve is not None
    assert len(curve.steps) <= MOST_POINTS
    assert curve.last_step == 10_000
    assert set(curve.smooth) == {1.0}
