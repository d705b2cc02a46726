"""Our statistics equal scipy's and statsmodels' to 1e-9 wherever those have the method."""

from __future__ import annotations

import math
import random
import warnings

import numpy as np
import pytest

from ftsdk import stats

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import scipy.stats as reference
    import statsmodels.api as sm
    from scipy.optimize import minimize_scalar
    from scipy.special import betainc
    from statsmodels.stats.contingency_tables import mcnemar as reference_mcnemar
    from statsmodels.stats.multitest import multipletests
    from statsmodels.stats.power import NormalIndPower
    from statsmodels.stats.proportion import proportion_confint

close = pytest.approx


@pytest.mark.parametrize("df", [1, 2, 3, 7.5, 19, 199, 10_000])
def test_student_distribution(df: float) -> None:
    for t in (-40.0, -3.2, -1.0, -1e-6, 0.0, 1e-3, 0.7, 2.5, 12.0, 400.0):
        assert stats.student_cdf(t, df) == close(reference.t.cdf(t, df), abs=1e-9)
        assert stats.student_two_sided(t, df) == close(2 * reference.t.sf(abs(t), df), rel=1e-9, abs=1e-290)
    for p in (0.0005, 0.025, 0.3, 0.5, 0.9, 0.975, 0.9999):
        assert stats.student_quantile(p, df) == close(reference.t.ppf(p, df), rel=1e-9, abs=1e-9)


def test_incomplete_beta() -> None:
    generator = random.Random(1)
    for _ in range(300):
        a, b, x = generator.uniform(0.1, 60), generator.uniform(0.1, 60), generator.random()
        assert stats.incomplete_beta(a, b, x) == close(betainc(a, b, x), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (0, 20), (7, 20), (20, 20), (499, 500)])
def test_wilson(k: int, n: int, confidence: float) -> None:
    low, high = proportion_confint(k, n, alpha=1 - confidence, method="wilson")
    assert stats.wilson(k, n, confidence) == close((low, high), abs=1e-9)


def test_mcnemar_exact_and_mid_p_on_random_tables() -> None:
    generator = random.Random(2)
    for _ in range(200):
        b, c = generator.randint(0, 60), generator.randint(0, 60)
        ours = stats.mcnemar(b, c)
        assert ours.exact == close(reference_mcnemar([[0, b], [c, 0]], exact=True).pvalue, abs=1e-9)
        if b + c:
            assert ours.exact == close(reference.binomtest(b, b + c, 0.5).pvalue, abs=1e-9)
            half = reference.binom.pmf(min(b, c), b + c, 0.5)
            assert ours.mid_p == close(2 * reference.binom.cdf(min(b, c), b + c, 0.5) - half, abs=1e-9)


@pytest.mark.parametrize("n", [2, 3, 12, 200])
def test_paired_t(n: int) -> None:
    generator = np.random.default_rng(n)
    first, second = generator.random(n), generator.random(n)
    theirs = reference.ttest_rel(first, second)
    interval = theirs.confidence_interval(0.9)
    ours = stats.paired_t(list(first - second), 0.9)
    assert (ours.low, ours.high, ours.p_value) == close((interval.low, interval.high, theirs.pvalue), abs=1e-9)


def test_clustered_error_and_its_interval() -> None:
    generator = np.random.default_rng(5)
    clusters = generator.integers(0, 9, 80)
    values = generator.normal(size=80) + clusters / 4
    model = sm.OLS(values, np.ones(80)).fit(cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True)
    low, high = model.conf_int()[0]
    ours = stats.clustered(list(values), list(clusters))
    assert (ours.low, ours.high, ours.p_value) == close((low, high, model.pvalues[0]), abs=1e-9)


def test_exact_sign_flip() -> None:
    generator = np.random.default_rng(6)
    values = generator.normal(0.5, size=9)
    theirs = reference.permutation_test(
        (values,), np.mean, permutation_type="samples", n_resamples=np.inf, vectorized=True
    )
    assert stats.sign_flip(list(values)) == close(theirs.pvalue, abs=1e-9)


def test_drawn_sign_flip_comes_near_the_t_test() -> None:
    values = list(np.random.default_rng(7).normal(0.12, 1, size=300))
    assert stats.sign_flip(values) == close(stats.paired_t(values).p_value, abs=0.02)


def test_holm() -> None:
    p_values = [0.01, 0.04, 0.03, 0.005, 0.9, 0.03]
    assert stats.holm(p_values) == close(tuple(multipletests(p_values, method="holm")[1]), abs=1e-12)
    assert stats.holm([]) == ()


def test_rows_for_a_mean() -> None:
    theirs = NormalIndPower().solve_power(effect_size=0.1 / 0.3, alpha=0.05, power=0.8, ratio=0)
    assert stats.rows_for_mean(0.1, 0.3) == math.ceil(theirs)
    assert stats.smallest_mean(theirs, 0.3) == close(0.1, abs=1e-6)  # the other solver stops there


def test_power_of_a_yes_no_metric_equals_plain_enumeration() -> None:
    n, win, loss = 30, 0.25, 0.05
    power = sum(
        reference.multinomial.pmf([b, c, n - b - c], n, [win, loss, 1 - win - loss])
        for b in range(n + 1)
        for c in range(n + 1 - b)
        if b > c and stats.mcnemar(b, c).mid_p <= 0.05
    )
    assert stats.power_of_rates(n, win, loss) == close(power, abs=1e-9)


@pytest.mark.parametrize(("wins", "losses", "n"), [(12, 2, 50), (1, 0, 20), (3, 3, 40), (0, 7, 25), (30, 1, 64)])
def test_tango_ends_lie_where_the_fitted_likelihood_puts_them(wins: int, losses: int, n: int) -> None:
    z = stats.two_sided_z(0.95)
    for end, sign in zip(stats.tango(wins, losses, n), (1, -1), strict=True):

        def unlikelihood(q: float, d: float = end) -> float:
            p, rest = q + d, 1 - 2 * q - d
            terms = ((wins, p), (losses, q), (n - wins - losses, rest))
            return -sum(k * math.log(max(share, 1e-300)) for k, share in terms if k)

        fitted = minimize_scalar(
            unlikelihood, bounds=(max(0, -end), (1 - end) / 2), method="bounded", options={"xatol": 1e-12}
        ).x
        statistic = (wins - losses - n * end) / math.sqrt(n * (2 * fitted + end - end**2))
        assert statistic == close(sign * z, abs=1e-4)
