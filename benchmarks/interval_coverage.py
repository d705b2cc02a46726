"""What intervals and gates promise, by enumeration and simulation: `python -m benchmarks.interval_coverage`."""

from __future__ import annotations

import argparse
import math
import time
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from ftsdk import stats

# Section by section: rows, and the shares of rows won and lost. The first grid is the published one.
PUBLISHED = ((20, 0.10, 0.02), (40, 0.10, 0.02), (40, 0.15, 0.03), (100, 0.10, 0.02), (100, 0.15, 0.03),
             (200, 0.10, 0.02), (200, 0.15, 0.03))  # fmt: skip
FINE_ROWS = (20, 30, 40, 60, 100)
FINE_SHARES = tuple(round(0.02 * step, 2) for step in range(1, 16))
LOOKS = 3


def tango_coverage(n: int, shares: list[tuple[float, float]]) -> dict[tuple[float, float], float]:
    """Exact coverage of Tango's interval at each (win, loss) share, by all tables of n rows."""
    tables = [(wins, losses) for wins in range(n + 1) for losses in range(n + 1 - wins)]
    ends = [stats.tango(wins, losses, n) for wins, losses in tables]
    logs = np.array([math.lgamma(k + 1) for k in range(n + 1)])
    found = {}
    for win, loss in shares:
        covered = 0.0
        for (wins, losses), (low, high) in zip(tables, ends, strict=True):
            if low <= win - loss <= high:
                ties = n - wins - losses
                chance = logs[n] - logs[wins] - logs[losses] - logs[ties]
                chance += wins * math.log(win) + losses * math.log(loss) + ties * math.log(1 - win - loss)
                covered += math.exp(chance)
        found[win, loss] = covered
    return found


def wilson_coverage(n: int) -> NDArray[np.float64]:
    """Exact coverage of Wilson's interval over rates from 0.5 % to 99.5 %."""
    ends = [stats.wilson(k, n) for k in range(n + 1)]
    rates = np.linspace(0.005, 0.995, 199)
    counts = np.arange(n + 1)
    ways = np.array([math.comb(n, int(k)) for k in counts], dtype=float)
    chances = ways * rates[:, None] ** counts * (1 - rates[:, None]) ** (n - counts)
    inside = np.array([[low <= rate <= high for low, high in ends] for rate in rates])
    coverage: NDArray[np.float64] = (chances * inside).sum(axis=1)
    return coverage


def t_coverage(n: int, draws: int, random: np.random.Generator) -> float:
    """Coverage of the paired t interval on skewed scores (Beta(0.6, 2) against Beta(0.5, 2.2))."""
    truth = 0.6 / 2.6 - 0.5 / 2.7
    first, second = random.beta(0.6, 2, (draws, n)), random.beta(0.5, 2.2, (draws, n))
    found = (first - second).tolist()
    return fmean(low <= truth <= high for low, high in (stats.paired_t(one)[1:3] for one in found))


def cluster_coverage(clusters: int, size: int, draws: int, random: np.random.Generator) -> tuple[float, float]:
    """Coverage of clustered and of plain t intervals where half of the variance is the cluster's."""
    names = [place // size for place in range(clusters * size)]
    both = [0, 0]
    for _ in range(draws):
        values = (np.repeat(random.normal(0, 1, clusters), size) + random.normal(0, 1, clusters * size)).tolist()
        for place, (low, high) in enumerate((stats.clustered(values, names)[1:3], stats.paired_t(values)[1:3])):
            both[place] += low <= 0 <= high
    return both[0] / draws, both[1] / draws


def false_promotion(n: int, draws: int, random: np.random.Generator) -> tuple[float, float]:
    """How often one of `LOOKS` equally good candidates passes a superiority gate: with shared error, and without."""
    shared, plain = 0, 0
    other = random.random((draws, n)) < 0.7
    for row in other:
        looks = [random.random(n) < 0.7 for _ in range(LOOKS)]
        tables = [(int((look & ~row).sum()), int((~look & row).sum())) for look in looks]
        shared += any(stats.tango(*table, n, 1 - 0.05 / LOOKS).low > 0 for table in tables)
        plain += any(stats.tango(*table, n, 0.95).low > 0 for table in tables)
    return shared / draws, plain / draws


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=4000)
    draws = parser.parse_args().draws
    began, random = time.process_time(), np.random.default_rng(7)

    print("Tango, nominal 95 %, exact coverage on the published grid (rows, won, lost):")
    grid = [tango_coverage(n, [(win, loss)])[win, loss] for n, win, loss in PUBLISHED]
    for point, value in zip(PUBLISHED, grid, strict=True):
        print(f"  {point[0]:>4} {point[1]:.0%} {point[2]:.0%}  {100 * value:.2f} %")
    print(f"  least {100 * min(grid):.2f} %, goal 94 %")
    print("Tango on a fine grid (won and lost from 2 to 30 %), least and mean:")
    for n in FINE_ROWS:
        shares = [(a, b) for a in FINE_SHARES for b in FINE_SHARES]
        fine = tango_coverage(n, shares)
        where = min(fine, key=lambda pair: fine[pair])
        least, mean = 100 * fine[where], 100 * fmean(fine.values())
        print(f"  {n:>4} least {least:.2f} % at won {where[0]:.0%}, lost {where[1]:.0%}; mean {mean:.2f} %")
    print("Wilson, exact, rates 0.5 to 99.5 %:")
    for n in (20, 40, 100, 200):
        found = wilson_coverage(n)
        print(f"  {n:>4} mean {100 * found.mean():.2f} %, least {100 * found.min():.2f} %, goal for the mean 94.5 %")
    print("paired t on skewed scores, simulated:")
    for n, goal in ((20, 92.5), (40, 94.0), (100, 94.0)):
        print(f"  {n:>4} {100 * t_coverage(n, draws, random):.2f} %, goal {goal} %")
    print("clusters of 10 rows, half of the variance between them: clustered t, and plain t for comparison")
    for clusters in (5, 10, 20, 50):
        clustered, plain = cluster_coverage(clusters, 10, draws // 4, random)
        print(f"  {clusters:>4} clusters {100 * clustered:.1f} % against {100 * plain:.1f} %")
    for n in (40, 200):
        shared, plain = false_promotion(n, draws, random)
        print(
            f"false promotion, {LOOKS} looks, {n} rows: {100 * shared:.2f} % (goal 5 %), unshared {100 * plain:.2f} %"
        )
    print(f"CPU {time.process_time() - began:.0f} s")


if __name__ == "__main__":
    main()
