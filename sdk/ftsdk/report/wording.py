"""How numbers are said, once, so that the terminal, the page, the picture and Markdown never disagree."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ftsdk.evals.value import Comparison, Contrast, Estimate, Unit
    from ftsdk.plan.value import Interval, Plan
    from ftsdk.providers.base import Order

UNKNOWN = "not known"


def percent(value: float) -> str:
    """A share (0 to 1) as a percentage with one decimal: ``71.2 %``."""
    return f"{100 * value:.1f} %" if isfinite(value) else UNKNOWN


def mean(estimate: Estimate) -> str:
    """A mean in its unit: ``71.2 %``, ``1.2 s``, ``140 tokens``, ``$0.12``."""
    return percent(estimate.value) if estimate.unit == "share" else _quantity(estimate.value, estimate.unit)


def gain(estimate: Estimate) -> str:
    """A difference in points, or in its unit: ``+21.4``, ``-0.35 s``."""
    return points(estimate.value) if estimate.unit == "share" else _signed(estimate.value, estimate.unit)


def share_range(estimate: Estimate) -> str:
    """The ends of an interval of shares, in per cent: ``64.1 to 78.3``; of a quantity in its unit."""
    if estimate.unit != "share":
        return f"{_quantity(estimate.low, estimate.unit)} to {_quantity(estimate.high, estimate.unit)}"
    return f"{_tenths(estimate.low)} to {_tenths(estimate.high)}"


def points(value: float) -> str:
    """A difference of shares (-1 to 1) in percentage points, signed: ``+21.4``."""
    return f"{100 * value:+.1f}" if isfinite(value) else UNKNOWN


def points_range(estimate: Estimate) -> str:
    """The ends of an interval of differences, in points: ``+15.0 to +27.8``; of a quantity in its unit."""
    if estimate.unit != "share":
        return f"{_signed(estimate.low, estimate.unit)} to {_signed(estimate.high, estimate.unit)}"
    return f"{points(estimate.low)} to {points(estimate.high)}"


def count(value: float) -> str:
    """A whole number with thousands separated: ``12,345``."""
    return f"{value:,.0f}" if isfinite(value) else UNKNOWN


def counted(value: int, one: str) -> str:
    """A number with its noun: ``1 row``, ``64 rows``."""
    return f"{count(value)} {one}" if value == 1 else f"{count(value)} {one}s"


def duration(seconds: float) -> str:
    """A length of time in its two largest units: ``850 ms``, ``45 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if not isfinite(seconds):
        return UNKNOWN
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 10:
        return f"{round(seconds, 1):g} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two_units(whole, 60, "min", "s")
    return _two_units(round(whole / 60), 60, "h", "min")


def money(usd: float | Decimal) -> str:
    """US dollars: ``$0.00``, ``$12.50``; below a cent with four decimals."""
    amount = float(usd)
    return f"${amount:,.4f}" if 0 < amount < 0.01 else f"${amount:,.2f}"


def p_value(value: float) -> str:
    """A p-value as it is reported: three decimals, never ``0.000``."""
    if not isfinite(value):
        return UNKNOWN
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def moment(unix_seconds: float) -> str:
    """A time in UTC, to the second: ``2026-11-22 20:01:05 UTC``."""
    return datetime.fromtimestamp(unix_seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def seconds_range(interval: Interval) -> str:
    """A time estimate: ``about 3 min (2 min 10 s to 5 min)``."""
    ends = f"{duration(interval.low)} to {duration(interval.high)}"
    return f"about {duration(interval.likely)} ({ends})"


def money_range(interval: Interval, limit: Decimal | None) -> str:
    """A cost estimate with the spec's limit: ``about $1.20 ($0.90 to $1.60), limit $5.00``."""
    text = f"about {money(interval.likely)} ({money(interval.low)} to {money(interval.high)})"
    if interval.low == interval.high:
        text = "nothing" if interval.high == 0 else money(interval.high)
    return text if limit is None else f"{text}, limit {money(limit)}"


def method_words(order: Order) -> str:
    """How training is set: ``sft, rank 16, alpha 32, 10 layers, 2 epochs, batch 4, rate 0.003, seed 42``."""
    numbers = order.hyperparameters
    if numbers is None:
        written = order.settings.model_dump(mode="json", exclude_defaults=True, exclude={"type", "grader", "seed"})
        said = [f"{name.replace('_', ' ')} {value}" for name, value in written.items()]
        return ", ".join([order.method, *said, *(["epochs the provider's"] if order.epochs is None else [])])
    return (
        f"{order.method}, rank {numbers.rank}, alpha {numbers.alpha:g}, {counted(numbers.layers, 'layer')}, "
        f"{counted(numbers.epochs, 'epoch')}, batch {numbers.batch_size}, rate {numbers.learning_rate:g}, "
        f"seed {numbers.seed}"
    )


def outcome(contrast: Contrast) -> str:
    """Rows that a contrast lost, won and left equal, losses first."""
    return (
        f"worse on {counted(contrast.losses, 'row')}, better on {count(contrast.wins)}, equal on {count(contrast.ties)}"
    )


def visible_gain(plan: Plan) -> str | None:
    """How small a gain the planned rows can show, as a sentence."""
    if plan.smallest_visible is None or not plan.arms:
        return None
    low, high = plan.smallest_visible
    ends = f"{low:.0f}" if round(low) == round(high) else f"{low:.0f} to {high:.0f}"
    return f"{counted(plan.arms[0].rows, 'row')} can show a gain of about {ends} points or more"


def evaluated(comparison: Comparison) -> str:
    """How many rows were compared, out of how many, and whether they were held out."""
    rows = comparison.compared
    of = (
        f"all {counted(rows, 'row')}"
        if rows == comparison.sampled_from
        else f"{rows} of {comparison.sampled_from} rows"
    )
    kept = "held out from training" if comparison.held_out else "not known to be held out from training"
    return f"{of}, {kept}"


def notes(comparison: Comparison) -> tuple[str, ...]:
    """What to know before repeating the headline: the comparison's own notes, failures and what it could not see."""
    found = list(comparison.notes)
    if comparison.looks is not None and comparison.looks > 1:
        found.append(f"this test set has decided {comparison.looks} times; each look makes luck more likely")
    if comparison.repeats > 1:
        found.append(f"{comparison.repeats} answers a row, averaged before they were compared")
    if comparison.infrastructure_failures > 0:
        found.append(f"{percent(comparison.infrastructure_failures)} of the calls brought no answer; they count as 0")
    if comparison.smallest_visible is not None:
        found.append(f"with these rows, a gain below about {comparison.smallest_visible:.0f} points would not show")
    return tuple(found)


def usd_per_1000(amount: float | None) -> str:
    """What 1,000 calls cost: ``$0.12``; ``not known`` without a price."""
    if amount is None:
        return UNKNOWN
    return money(amount) if amount == 0 or amount >= 0.1 else f"${amount:.2g}"


def _quantity(value: float, unit: Unit) -> str:
    if unit == "seconds":
        return duration(value)
    return usd_per_1000(value) if unit == "USD per 1,000" else f"{value:,.1f} {unit}"


def _signed(value: float, unit: Unit) -> str:
    if not isfinite(value):
        return UNKNOWN
    return f"{'-' if value < 0 else '+'}{_quantity(abs(value), unit)}"


def _tenths(value: float) -> str:
    return f"{100 * value:.1f}" if isfinite(value) else UNKNOWN


def _two_units(whole: int, base: int, large: str, small: str) -> str:
    major, minor = divmod(whole, base)
    return f"{major} {large} {minor} {small}" if minor else f"{major} {large}"
