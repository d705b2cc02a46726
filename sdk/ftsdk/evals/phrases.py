"""Shares, points and intervals in words."""

from __future__ import annotations

from ftsdk.evals.value import Estimate, Unit


def share(value: float) -> str:
    """A share as per cent: whole, but with a decimal near 0 and 100, so that 99.7 % is never called all."""
    if 0 < value < 0.01 or 0.99 < value < 1:
        return f"{min(99.9, max(0.1, 100 * value)):.1f} %"
    return f"{100 * value:.0f} %"


def amount(value: float, unit: Unit) -> str:
    """A mean in its unit: "93 %", "1.2 s", "140 tokens", "$0.12 per 1,000"."""
    if unit == "share":
        return share(value)
    if unit == "seconds":
        return f"{value:.3g} s"
    if unit == "USD per 1,000":
        return f"${value:,.2f} per 1,000" if value >= 0.1 or value == 0 else f"${value:.2g} per 1,000"
    return f"{value:,.0f} {unit}"


def points(difference: Estimate) -> str:
    """A difference with its interval: "+40 points (35 to 45)"; a quantity in its unit."""
    if difference.unit != "share":
        ends = f"{difference.low:+.3g} to {difference.high:+.3g}"
        return f"{difference.value:+.3g} {'USD per 1,000' if 'USD' in difference.unit else difference.unit} ({ends})"
    widest = 100 * max(abs(difference.low), abs(difference.high))
    digits = 0 if widest >= 9.95 else 1
    value, low, high = (_number(100 * x, digits) for x in (difference.value, difference.low, difference.high))
    sign = "" if value.startswith("-") or float(value) == 0 else "+"
    return f"{sign}{value} points ({low} to {high})"


def margin_points(margin: float) -> str:
    """A margin: "3 points", "1 point", "0.5 points"."""
    return f"{100 * margin:g} point{'' if margin == 0.01 else 's'}"


def interval(estimate: Estimate) -> str:
    """A mean with its interval: "93 % (90 % to 96 %)"."""
    low, value, high = (amount(end, estimate.unit) for end in (estimate.low, estimate.value, estimate.high))
    return f"{value} ({low} to {high})"


def _number(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text
