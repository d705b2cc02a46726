"""The closed form: what a trained model saves by a month, when it has paid back, and that it may be never."""

from __future__ import annotations

from math import exp, expm1, log
from typing import NamedTuple

# A fall of the price slower than this is no fall; the closed form divides by it.
_FLAT = 1e-9
_PRECISION = 1e-6


class Deal(NamedTuple):
    """Point values: calls a month, USD per call before and after, USD once and a month, the yearly price fall.

    ``price_fall`` 3 means that the untrained option costs a third a year from now. Every ``retrain_every`` months
    (0: never) the share ``retrain_share`` of the fixed cost is paid again.
    """

    calls: float
    before: float
    after: float
    fixed: float
    hosting: float = 0.0
    price_fall: float = 1.0
    retrain_every: float = 0.0
    retrain_share: float = 0.0


def net_saving(deal: Deal, months: float) -> float:
    """US dollars saved by month ``months``: v [c0 (1 - e^-dt) / d - c1 t] - H t - F, with d = ln(fall) / 12."""
    decay = log(deal.price_fall) / 12
    spent_before = deal.before * (-expm1(-decay * months) / decay if abs(decay) > _FLAT else months)
    running = deal.calls * (spent_before - deal.after * months) - deal.hosting * months
    return running - deal.fixed * (1 + deal.retrain_share * retrainings(deal.retrain_every, months))


def retrainings(every: float, months: float) -> int:
    """How often a model is trained again before month ``months``, the first time not counted."""
    return max(0, int((months - _PRECISION) // every)) if every > 0 else 0


def best_month(deal: Deal, horizon: float) -> float:
    """When the saving is largest, retraining left aside: ln(v c0 / (v c1 + H)) / d, within the horizon."""
    decay = log(deal.price_fall) / 12
    running = deal.calls * deal.after + deal.hosting
    if deal.calls * deal.before <= running:
        return 0.0
    if decay <= _FLAT or running <= 0:
        return horizon
    return min(horizon, log(deal.calls * deal.before / running) / decay)


def payback_months(deal: Deal, horizon: float) -> float | None:
    """The first month by which fixed and running costs are earned back; None: never within ``horizon``."""
    if deal.fixed <= 0 and net_saving(deal, min(1.0, horizon)) > 0:
        return 0.0
    start = 0.0
    while start < horizon:
        end = min(horizon, start + (deal.retrain_every or horizon))
        peak = min(max(best_month(deal, horizon), start), end)
        if net_saving(deal, peak) >= 0:
            return _crossing(deal, start, peak)
        start = end
    return None


def _crossing(deal: Deal, low: float, high: float) -> float:
    """Where the saving, rising from ``low`` to ``high``, passes zero."""
    while high - low > _PRECISION:
        middle = (low + high) / 2
        low, high = (low, middle) if net_saving(deal, middle) >= 0 else (middle, high)
    return high


def price_after(price: float, fall: float, months: float) -> float:
    """A price that falls ``fall``-fold a year, after so many months."""
    return price * exp(-log(fall) / 12 * months)
