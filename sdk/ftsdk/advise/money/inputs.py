"""What goes into the break-even, each as low, likely and high with its source; every one can be set by the team."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import model_validator

from ftsdk.advise.facts import Facts
from ftsdk.advise.quantity import Range
from ftsdk.advise.units import DAYS_A_MONTH
from ftsdk.catalogue import routes
from ftsdk.catalogue.inference import CallPrices, prices_of
from ftsdk.prices import CallShape, Terms, cost_per_call
from ftsdk.values import Value


class CostInputs(Value):
    """Everything the break-even rests on. Money is US dollars; calls and hosting are a month's.

    ``before`` and ``after`` are per call: the best untrained option (cached, batched, cheaper where that is possible)
    and the trained model. ``fixed`` holds people, labels, evaluation and training runs; ``price_fall`` by how many
    times the untrained option gets cheaper in a year; ``gate`` the chance that the trained model is good enough.
    """

    calls: Range
    before: Range
    after: Range
    fixed: Range
    hosting: Range
    price_fall: Range
    gate: float = 0.75
    horizon_months: float = 12
    retrain_every: float = 6
    retrain_share: float = 0.15

    @model_validator(mode="after")
    def _can_be_computed(self) -> CostInputs:
        if self.price_fall.low <= 0 or not 0 <= self.gate <= 1 or self.horizon_months <= 0:
            raise ValueError("price_fall must be above 0, gate between 0 and 1, horizon_months above 0")
        return self


# The ranges that are assumed where nothing is known; docs/advise.md says how they were chosen.
_FIXED = Range(
    low=8_000,
    likely=25_000,
    high=80_000,
    unit="USD",
    source="10 to 40 days of engineers, 500 to 5,000 labels, an evaluation set, training runs",
)
_HOSTING = Range(
    low=0,
    likely=1_241,
    high=3_000,
    unit="USD a month",
    source="from serverless adapters to a GPU: Azure 1.70 USD an hour, H100 2.95 USD an hour",
)
_PRICE_FALL = Range(
    low=1,
    likely=3,
    high=12,
    unit="times a year",
    source="Epoch 2025: 9 to 900 times a year at fixed quality, if you re-test and switch",
)
_BEFORE = Range(low=0.002, likely=0.004, high=0.008, unit="USD a call", source="a middling call; no tokens were told")
_AFTER = Range(low=0.0004, likely=0.0008, high=0.002, unit="USD a call", source="a small tuned model; no tokens told")
_CALLS_OF_BAND = {
    "low": (5_000, 20_000, 50_000),
    "medium": (50_000, 120_000, 300_000),
    "high": (300_000, 1_000_000, 10_000_000),
    "very_high": (10_000_000, 30_000_000, 300_000_000),
}
# Share of the prompt that is the same in every call, where only its whole length is told.
STATIC_SHARE = 0.6
CACHE_HITS = 0.9
# A tuned small model's prices, USD per million tokens, where no tuned price of the present model is known.
_SMALL = (0.10, 0.40)


def cost_inputs(facts: Facts, today: date) -> CostInputs | None:
    """Inputs from facts, assumed where they are silent; None when nothing tells how many calls there are."""
    calls = _calls(facts)
    if calls is None:
        return None
    prices = prices_of(facts.current_model)
    shape = _shape(facts)
    before = _before(facts, shape, prices) if prices and shape else _billed(facts, calls) or _BEFORE
    after = _after(facts, shape, prices) if shape else _AFTER
    inputs = CostInputs(
        calls=calls,
        before=before,
        after=after,
        fixed=_FIXED,
        hosting=_HOSTING,
        price_fall=_PRICE_FALL,
        horizon_months=_horizon(facts, today),
    )
    return CostInputs.model_validate(dict(inputs) | _stated(facts))


def _horizon(facts: Facts, today: date) -> float:
    """A year, or until the model that would be tuned is no longer served."""
    if facts.provider_ft_access not in ("yes", "partial"):
        return LONGEST
    ends = [route.serves_until for route in routes() if facts.current_model in route.models and route.open_on(today)]
    if not ends or None in ends:
        return LONGEST
    last = max(end for end in ends if end is not None)
    return min(LONGEST, max(1.0, (last - today).days / DAYS_A_MONTH))


LONGEST = 12.0


def _calls(facts: Facts) -> Range | None:
    if facts.calls_per_month is not None:
        likely = facts.calls_per_month
        return Range(
            low=likely / 2, likely=likely, high=likely * 2, unit="calls a month", source="stated, half to twice"
        )
    if facts.volume_band in _CALLS_OF_BAND:
        low, likely, high = _CALLS_OF_BAND[facts.volume_band]
        return Range(low=low, likely=likely, high=high, unit="calls a month", source="the band that was told")
    return None


def _shape(facts: Facts) -> CallShape | None:
    if facts.prompt_tokens is None or facts.output_tokens is None:
        return None
    static = facts.static_tokens if facts.static_tokens is not None else STATIC_SHARE * facts.prompt_tokens
    static = min(static, facts.prompt_tokens)
    return CallShape(static=static, dynamic=facts.prompt_tokens - static, output=facts.output_tokens)


def _billed(facts: Facts, calls: Range) -> Range | None:
    """What a call costs by the monthly bill; untrained it can be had for a quarter: cached, or by a cheaper model."""
    bill = facts.cost.get("bill")
    if bill is None or not calls.likely:
        return None
    each = bill.likely / calls.likely
    return Range(
        low=each / 4,
        likely=0.6 * each,
        high=each,
        unit="USD a call",
        source="the monthly bill over the calls; a cheaper model, cached, as today",
    )


def _before(facts: Facts, shape: CallShape, prices: CallPrices) -> Range:
    """The best untrained option: cached and, where work can wait, batched; at worst as it is today."""
    today = cost_per_call(shape, Terms(input=prices.input, output=prices.output))
    read = prices.cached / prices.input
    cached = Terms(input=prices.input, output=prices.output, cache_hits=CACHE_HITS, cache_read=read, cache_write=1.25)
    can_wait = {"offline": 0.75}.get(facts.latency_need, 0.0)
    best = cost_per_call(shape, cached.model_copy(update={"batched": can_wait}))
    return Range(
        low=best / 4,
        likely=best,
        high=max(best, today),
        unit="USD a call",
        source=f"{prices.model}: a cheaper model, cached and batched, as today ({prices.source})",
    )


def _after(facts: Facts, shape: CallShape, prices: CallPrices | None) -> Range:
    """A tuned model without the static part of the prompt: a small one, or at worst the same base tuned."""
    short = shape.model_copy(update={"static": 0.1 * shape.static})
    small = cost_per_call(short, Terms(input=_SMALL[0], output=_SMALL[1]))
    tuned = 3 * small
    if prices and prices.tuned_input and prices.tuned_output:
        tuned = max(tuned, cost_per_call(short, Terms(input=prices.tuned_input, output=prices.tuned_output)))
    return Range(
        low=small / 2,
        likely=small,
        high=tuned,
        unit="USD a call",
        source="a small tuned model at 0.10/0.40 USD per million tokens, a tenth of the static prompt",
    )


def _stated(facts: Facts) -> dict[str, Any]:
    """What the team has set, by name; a fixed cost may be told in its parts, a price per call as the monthly bill."""
    told = dict(facts.cost)
    ranges = {
        name: told[name] for name in ("calls", "before", "after", "fixed", "hosting", "price_fall") if name in told
    }
    numbers = {name: told[name].likely for name in _NUMBERS if name in told}
    if any(name in told for name in FIXED_PARTS) and "fixed" not in told:
        ranges["fixed"] = fixed_cost(told)
    return ranges | numbers


_NUMBERS = ("gate", "horizon_months", "retrain_every", "retrain_share")
# Parts of the fixed cost as low, likely and high, where only some of them are told.
FIXED_PARTS: dict[str, Range] = {
    "engineering_days": Range(low=8, likely=15, high=40, unit="days"),
    "day_rate": Range(low=600, likely=900, high=1200, unit="USD a day"),
    "labels": Range(low=500, likely=2000, high=5000, unit="labels"),
    "label_price": Range(low=0.5, likely=2, high=4, unit="USD a label"),
    "evaluation": Range(low=2000, likely=5000, high=10_000, unit="USD"),
    "training": Range(low=10, likely=200, high=2500, unit="USD, all runs"),
}


def fixed_cost(told: Mapping[str, Range]) -> Range:
    """Days x rate + labels x price + evaluation + training runs, end by end."""
    part = {name: told.get(name, assumed) for name, assumed in FIXED_PARTS.items()}

    def total(end: str) -> float:
        of = {name: float(getattr(value, end)) for name, value in part.items()}
        people = of["engineering_days"] * of["day_rate"] + of["labels"] * of["label_price"]
        return people + of["evaluation"] + of["training"]

    return Range(
        low=total("low"),
        likely=total("likely"),
        high=total("high"),
        unit="USD",
        source=f"from its parts; told: {', '.join(name for name in FIXED_PARTS if name in told)}",
    )
