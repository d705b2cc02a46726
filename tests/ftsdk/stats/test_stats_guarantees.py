"""What the statistics promise: coverage, level, and sane answers at the edges."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsdk import stats

SCORES = st.lists(st.integers(-7, 7).map(lambda k: k / 7), min_size=1, max_size=60)


def tables(n: int, win: float, loss: float) -> list[tuple[int, int, float]]:
    """Every (wins, losses) of n rows with its chance."""
    same = 1 - win - loss
    return [
        (b, c, math.comb(n, b) * math.comb(n - b, c) * win**b * loss**c * same ** (n - b - c))
        for b in range(n + 1)
        for c in range(n + 1 - b)
    ]


RATES = [(0.1, 0.02), (0.15, 0.03), (0.1, 0.1), (0.3, 0.05), (0.4, 0.02), (0.05, 0.05)]


def tango_coverage(n: int, win: float, loss: float) -> float:
    z = stats.two_sided_z(0.95)
    return sum(
        chance
        for b, c, chance in tables(n, win, loss)
        if chance > 1e-12 and abs(stats.tango_statistic(b, c, n, win - loss)) <= z
    )


@pytest.mark.parametrize("n", [20, 40, 100])
@pytest.mark.parametrize(("win", "loss"), RATES)
def test_tango_covers_the_truth_94_times_in_100(n: int, win: float, loss: float) -> None:
    assert tango_coverage(n, win, loss) >= 0.94


def test_tango_covers_95_in_100_on_average_and_never_much_less() -> None:
    coverages = [tango_coverage(n, *rates) for n in range(20, 101, 10) for rates in RATES]
    assert sum(coverages) / len(coverages) >= 0.95
    assert min(coverages) >= 0.93


@pytest.mark.parametrize("n", [20, 40, 100])
@pytest.mark.parametrize("discordant", [0.05, 0.1, 0.2, 0.4])
def test_mid_p_keeps_its_level(n: int, discordant: float) -> None:
    size = sum(
        chance
        for b, c, chance in tables(n, discordant / 2, discordant / 2)
        if chance > 1e-12 and stats.mcnemar(b, c).mid_p <= 0.05
    )
    assert size <= 0.05


@pytest.mark.parametrize(
    ("n", "points"), [(20, (31.3, 48.3)), (40, (16.2, 30.0)), (100, (6.6, 16.6)), (200, (3.3, 10.9))]
)
def test_visible_differences_are_those_of_the_enumerated_table(n: int, points: tuple[float, float]) -> None:
    assert stats.visible_points(n, binary=True) == pytest.approx(points, abs=0.05)


def test_rows_and_smallest_difference_agree_with_each_other() -> None:
    smallest = stats.smallest_rates(152, 0.05)
    assert smallest is not None
    assert smallest <= 0.1
    assert stats.rows_for_rates(0.1, 0.05) == 152
    assert stats.rows_for_rates(0.02, 0.05) > 1000


def test_few_rows_show_nothing_and_that_is_said() -> None:
    assert stats.smallest_rates(3) is None
    assert stats.visible_points(3, binary=True) is None
    assert stats.visible_points(0, binary=True) is None
    assert stats.visible_points(1, binary=False) is None
    assert stats.visible_points(6, binary=True) == pytest.approx((86.0, 100.0), abs=0.1)


def test_no_discordant_row_is_no_evidence_of_anything() -> None:
    assert stats.mcnemar(0, 0) == (1.0, 1.0)
    low, high = stats.tango(0, 0, 20)
    assert (low, high) == pytest.approx((-0.16113, 0.16113), abs=1e-5)
    assert stats.sign_flip([0.0] * 30) == 1.0


def test_one_row_says_nearly_nothing() -> None:
    assert stats.paired_t([0.4], bounds=(-1, 1)).low < -0.9
    assert stats.paired_t([0.4], bounds=(-1, 1)).high > 0.9
    assert stats.paired_t([0.4]).high == math.inf
    low, high = stats.tango(1, 0, 1)
    assert low < 0 < high


def test_equal_differences_never_give_an_interval_without_width() -> None:
    few, many = (stats.paired_t([0.1] * n, bounds=(-1, 1)) for n in (10, 1000))
    assert few.low < 0.1 < few.high
    assert few.high - few.low > 0.5
    assert many.high - many.low < 0.01
    together = stats.clustered([0.1] * 100, [i % 5 for i in range(100)], bounds=(-1, 1))
    assert together.high - together.low > few.high - few.low


def test_clusters_that_repeat_themselves_count_once() -> None:
    values = [0.2, -0.1, 0.4, 0.3, 0.0, 0.1]
    repeated = [value for value in values for _ in range(10)]
    names = [index for index in range(6) for _ in range(10)]
    once, ten_times = stats.paired_t(values), stats.clustered(repeated, names)
    assert (ten_times.low, ten_times.high) == pytest.approx((once.low, once.high))
    assert stats.design_effect(repeated, names) > 10
    assert stats.sign_flip(repeated, names) == pytest.approx(stats.sign_flip(values))


def test_rows_of_their_own_lose_nothing_by_being_clusters() -> None:
    values = [0.2, -0.1, 0.4, 0.3, 0.0, 0.1]
    assert stats.clustered(values, range(6)) == pytest.approx(stats.paired_t(values))


@pytest.mark.parametrize(
    "call",
    [
        lambda: stats.wilson(3, 2),
        lambda: stats.wilson(0, 0),
        lambda: stats.tango(3, 3, 5),
        lambda: stats.tango(1, 0, 5, confidence=1.0),
        lambda: stats.mcnemar(-1, 0),
        lambda: stats.paired_t([]),
        lambda: stats.clustered([1.0, 2.0], ["a", "a"]),
        lambda: stats.clustered([1.0, 2.0], ["a"]),
        lambda: stats.rows_for_mean(0.0, 1.0),
        lambda: stats.rows_for_rates(0.9, 0.1),
        lambda: stats.student_quantile(1.0, 5),
        lambda: stats.student_two_sided(1.0, 0),
        lambda: stats.incomplete_beta(1, 1, 2),
    ],
)
def test_impossible_questions_are_refused(call: object) -> None:
    with pytest.raises(ValueError):
        call()  # type: ignore[operator]


@given(st.integers(0, 80), st.integers(0, 80), st.integers(1, 80))
def test_tango_holds_its_estimate_and_mirrors_when_the_arms_swap(wins: int, losses: int, same: int) -> None:
    n = wins + losses + same
    low, high = stats.tango(wins, losses, n)
    assert -1 <= low <= (wins - losses) / n <= high <= 1
    assert stats.tango(losses, wins, n) == pytest.approx((-high, -low), abs=1e-9)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 40))
def test_tango_narrows_with_more_of_the_same_rows(wins: int, losses: int, same: int) -> None:
    n = wins + losses + same
    once, thrice = stats.tango(wins, losses, n), stats.tango(3 * wins, 3 * losses, 3 * n)
    assert thrice.high - thrice.low < once.high - once.low


@given(st.integers(0, 60), st.integers(0, 60))
def test_wilson_holds_its_rate_mirrors_and_narrows(hits: int, misses: int) -> None:
    n = hits + misses
    if n == 0:
        return
    low, high = stats.wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1
    assert stats.wilson(misses, n) == pytest.approx((1 - high, 1 - low))
    assert stats.wilson(4 * hits, 4 * n).high - stats.wilson(4 * hits, 4 * n).low < high - low


@given(SCORES)
def test_mean_intervals_hold_the_mean_and_mirror(values: list[float]) -> None:
    ours = stats.paired_t(values, bounds=(-1, 1))
    mirrored = stats.paired_t([-value for value in values], bounds=(-1, 1))
    assert -1 <= ours.low <= ours.mean <= ours.high <= 1
    assert (mirrored.low, mirrored.high) == pytest.approx((-ours.high, -ours.low), abs=1e-9)
    assert 0 <= ours.p_value <= 1


@given(SCORES, st.integers(0, 5))
def test_sign_flip_is_a_p_value_that_does_not_care_who_comes_first(values: list[float], seed: int) -> None:
    p_value = stats.sign_flip(values, seed=seed, flips=500)
    assert 0 < p_value <= 1
    assert stats.sign_flip([-value for value in values], seed=seed, flips=500) == pytest.approx(p_value)


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_never_lowers_a_p_value_and_keeps_their_order(p_values: list[float]) -> None:
    adjusted = stats.holm(p_values)
    assert all(1 >= new >= old for new, old in zip(adjusted, p_values, strict=True))
    by_old = [new for _, new in sorted(zip(p_values, adjusted, strict=True))]
    assert by_old == sorted(by_old)


def test_importing_the_room_brings_in_no_array_library() -> None:
    code = "import sys, ftsdk.stats; sys.exit(any(name in sys.modules for name in ('numpy', 'scipy', 'statsmodels')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
