"""From an interval to a verdict, and from "cannot tell" to how many rows would tell."""

from __future__ import annotations

from ftsdk import stats
from ftsdk.evals.value import Estimate, Verdict

MARGIN = 0.03
"""Loss that counts as none, unless a gate names another: 3 points, chosen before any run."""
GREATEST_FAILURE_SHARE = 0.02
"""Above this share of failed calls no verdict is given: the outside world was measured, not the model."""


def judge(difference: Estimate, margin: float = MARGIN) -> Verdict:
    """The verdict on first minus second by one two-sided interval; of a quantity less is better.

    Above 0: better. Above -margin: not worse (non-inferior, even when a little lower). Below 0: worse. Else the rows
    cannot tell. Asking for "not worse" and then for "better" of one interval is a closed test; it needs no correction.
    """
    low, high = difference.low, difference.high
    if difference.unit != "share":
        low, high = -high, -low
    if low > 0:
        return "better"
    if low > -margin:
        return "not worse"
    return "worse" if high < 0 else "cannot tell"


def rows_to_tell(difference: float, spread: float, rows: int, margin: float = MARGIN) -> int | None:
    """How many rows in all would give a verdict with 80 % power if the truth is what was observed.

    The distance to cover is that to "not worse" (difference + margin) or to "worse" (-difference), whichever is larger.
    None when no number of rows would.
    """
    distance = max(difference + margin, -difference)
    if distance <= 0:
        return None
    return max(rows + 1, stats.rows_for_mean(distance, spread))
