"""Every interval, test and power calculation of the house; pure functions of numbers."""

from __future__ import annotations

from ftsdk.stats.agreement import Corrected, krippendorff, rogan_gladen
from ftsdk.stats.means import MeanInterval, clustered, design_effect, nothing_varies, paired_t
from ftsdk.stats.multiple import false_discovery, holm
from ftsdk.stats.permutation import sign_flip
from ftsdk.stats.power import (
    power_of_rates,
    rows_for_mean,
    rows_for_non_inferiority,
    rows_for_rates,
    smallest_mean,
    smallest_rates,
    visible_points,
)
from ftsdk.stats.rates import Interval, McNemar, mcnemar, tango, tango_statistic, wilson
from ftsdk.stats.student import (
    incomplete_beta,
    normal_quantile,
    student_cdf,
    student_quantile,
    student_two_sided,
    two_sided_t,
    two_sided_z,
)

__all__ = [
    "Corrected",
    "Interval",
    "McNemar",
    "MeanInterval",
    "clustered",
    "design_effect",
    "false_discovery",
    "holm",
    "incomplete_beta",
    "krippendorff",
    "mcnemar",
    "normal_quantile",
    "nothing_varies",
    "paired_t",
    "power_of_rates",
    "rogan_gladen",
    "rows_for_mean",
    "rows_for_non_inferiority",
    "rows_for_rates",
    "sign_flip",
    "smallest_mean",
    "smallest_rates",
    "student_cdf",
    "student_quantile",
    "student_two_sided",
    "tango",
    "tango_statistic",
    "two_sided_t",
    "two_sided_z",
    "visible_points",
    "wilson",
]
