"""Ten thousand futures: the chance that training pays back, what is saved, and which numbers matter most."""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import TYPE_CHECKING

from ftsdk.advise.money.breakeven import Deal, net_saving, payback_months, retrainings
from ftsdk.advise.money.inputs import CostInputs
from ftsdk.advise.quantity import Range
from ftsdk.values import Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Draws = NDArray[np.float64]

DRAWS = 10_000
SEED = 42
# Only from this chance on may anybody say that training saves money.
CLAIM_FROM = 0.7
# Prices of models move together: this share of the draws takes the same quantile for both.
TOGETHER = 0.5
VARIED = ("calls", "before", "after", "fixed", "hosting", "price_fall")
BINS = 40


class Bar(Value):
    """One bar of the tornado: the net saving with one input at its low and at its high end, the others likely."""

    name: str
    low: float
    high: float
    at_low: float
    at_high: float

    @property
    def swing(self) -> float:
        """How far the net saving moves."""
        return abs(self.at_high - self.at_low)


class Threshold(Value):
    """The value of one input at which training just pays within the horizon; None when none in its reach does."""

    name: str
    value: float | None
    text: str


class Cost(Value):
    """What training costs and saves within the horizon, in US dollars.

    ``chance`` is that of a positive net saving, a failed quality gate counted as the fixed cost lost; ``payback`` the
    point estimate in months, None for never. ``claim`` says whether money may be named as a reason.
    """

    inputs: CostInputs
    draws: int
    seed: int
    chance: float
    p10: float
    p50: float
    p90: float
    payback: float | None
    claim: bool
    text: str
    tornado: tuple[Bar, ...]
    thresholds: tuple[Threshold, ...]
    histogram: tuple[tuple[float, int], ...]


def price_out(inputs: CostInputs, *, draws: int = DRAWS, seed: int = SEED) -> Cost:
    """The break-even of ``inputs`` with its doubt; the same seed gives the same numbers."""
    import numpy as np

    net = simulate(inputs, draws=draws, seed=seed)
    p10, p50, p90 = (float(value) for value in np.quantile(net, (0.1, 0.5, 0.9)))
    chance = float((net > 0).mean())
    payback = payback_months(deal_of(inputs), inputs.horizon_months)
    bars = tornado(inputs)
    counts, edges = np.histogram(net, bins=BINS)
    return Cost(
        inputs=inputs,
        draws=draws,
        seed=seed,
        chance=chance,
        p10=p10,
        p50=p50,
        p90=p90,
        payback=payback,
        claim=chance >= CLAIM_FROM,
        text=_sentence(inputs, chance, payback),
        tornado=bars,
        thresholds=tuple(threshold(inputs, bar.name) for bar in bars[:2]),
        histogram=tuple((float(edge), int(count)) for edge, count in zip(edges[:-1], counts, strict=True)),
    )


def simulate(inputs: CostInputs, *, draws: int = DRAWS, seed: int = SEED) -> Draws:
    """The net saving at the horizon in each of ``draws`` futures."""
    import numpy as np

    chance = np.random.default_rng(seed)
    uniform = chance.random((len(VARIED) + 2, draws))
    together = uniform[-1] < TOGETHER
    uniform[VARIED.index("after")] = np.where(together, uniform[VARIED.index("before")], uniform[VARIED.index("after")])
    # A ratio varies in its logarithm.
    ranges = {name: getattr(inputs, name) for name in VARIED} | {"price_fall": _log(inputs.price_fall)}
    drawn = {name: triangular(ranges[name], uniform[row]) for row, name in enumerate(VARIED)}
    months = inputs.horizon_months
    decay = drawn["price_fall"] / 12
    safe = np.where(decay > 1e-9, decay, 1.0)
    paid = drawn["before"] * np.where(decay > 1e-9, -np.expm1(-safe * months) / safe, months)
    saved = drawn["calls"] * (paid - drawn["after"] * months) - drawn["hosting"] * months
    fixed = drawn["fixed"] * (1 + inputs.retrain_share * _retrainings(inputs))
    net: Draws = np.where(uniform[-2] < inputs.gate, saved - fixed, -drawn["fixed"])
    return net


def _log(of: Range) -> Range:
    return Range(low=log(of.low), likely=log(of.likely), high=log(of.high))


def triangular(of: Range, uniform: Draws) -> Draws:
    """Quantiles of the triangular distribution of a range."""
    import numpy as np

    width = of.high - of.low
    if width <= 0:
        return np.full_like(uniform, of.likely)
    split = (of.likely - of.low) / width
    rising = of.low + np.sqrt(uniform * width * (of.likely - of.low))
    falling = of.high - np.sqrt((1 - uniform) * width * (of.high - of.likely))
    return np.where(uniform < split, rising, falling)


def deal_of(inputs: CostInputs, changed: Mapping[str, float] | None = None) -> Deal:
    """The likely values, some of them changed."""
    values = {name: getattr(inputs, name).likely for name in VARIED} | dict(changed or {})
    return Deal(**values, retrain_every=inputs.retrain_every, retrain_share=inputs.retrain_share)


def tornado(inputs: CostInputs) -> tuple[Bar, ...]:
    """Each input at its ends, the others at their likely values, the gate passed; the widest first."""
    bars = []
    for name in VARIED:
        of: Range = getattr(inputs, name)
        ends = [net_saving(deal_of(inputs, {name: end}), inputs.horizon_months) for end in (of.low, of.high)]
        bars.append(Bar(name=name, low=of.low, high=of.high, at_low=ends[0], at_high=ends[1]))
    return tuple(sorted(bars, key=lambda bar: -bar.swing))


def threshold(inputs: CostInputs, name: str) -> Threshold:
    """Where one input makes the net saving zero, the others likely; looked for up to ten times beyond its ends."""
    of: Range = getattr(inputs, name)
    low, high = (max(1.0, of.low / 10), of.high * 10) if name == "price_fall" else (of.low / 10, of.high * 10)

    def net(value: float) -> float:
        return net_saving(deal_of(inputs, {name: value}), inputs.horizon_months)

    if (net(low) > 0) == (net(high) > 0):
        word = "pays at any value in reach" if net(low) > 0 else "pays at no value in reach"
        return Threshold(name=name, value=None, text=f"{LABELS[name]}: {word}")
    rising = net(high) > 0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if (net(middle) > 0) == rising else (middle, high)
    side = "below" if rising else "above"
    return Threshold(name=name, value=high, text=f"{side} {said(name, high)}: no")


LABELS = {
    "calls": "calls a month",
    "before": "cost per call without training",
    "after": "cost per call of the trained model",
    "fixed": "fixed cost",
    "hosting": "hosting a month",
    "price_fall": "yearly fall of the untrained price",
}


def said(name: str, value: float) -> str:
    """An input's value in words."""
    if name == "calls":
        return f"{value:,.0f} calls a month"
    if name == "price_fall":
        return f"{value:.1f} times a year cheaper untrained"
    digits = 5 if name in ("before", "after") else 0
    return f"{value:,.{digits}f} USD ({LABELS[name]})"


def _retrainings(inputs: CostInputs) -> int:
    return retrainings(inputs.retrain_every, inputs.horizon_months)


def _sentence(inputs: CostInputs, chance: float, payback: float | None) -> str:
    months = f"{inputs.horizon_months:g} months"
    when = f"after {payback:.1f} months" if payback is not None else f"never within {months}"
    if chance >= CLAIM_FROM:
        return f"Training saves money within {months} with {chance:.0%} chance; on the likely numbers it pays {when}."
    return (
        f"No claim that training saves money: within {months} it does with {chance:.0%} chance only; on the likely "
        f"numbers it pays {when}. Reasons for training must be others, such as quality or speed."
    )
