"""What answers cost by the dated table: a model and its usage -> US dollars."""

from __future__ import annotations

from collections.abc import Callable

from ftsdk.catalogue.inference import prices_of
from ftsdk.prices.book import CallPrice
from ftsdk.prices.calls import MILLION
from ftsdk.providers.inference import Usage

CallCost = Callable[[Usage], float]


def cost_at(price: CallPrice | None) -> CallCost | None:
    """What a call costs in US dollars at ``price``; None without one."""
    if price is None:
        return None
    into, out = price.input, price.output
    return lambda usage: (usage.prompt_tokens * into + usage.completion_tokens * out) / MILLION


def call_cost(model: str, *, tuned_from: str | None = None, local: bool = False) -> CallCost | None:
    """What one call of ``model`` costs in US dollars; of a model tuned from ``tuned_from``, at the tuned price.

    0 on this machine; None where the table has no row.
    """
    if local:
        return lambda _usage: 0.0
    row = prices_of(tuned_from or model)
    if row is None:
        return None
    into = row.input if tuned_from is None or row.tuned_input is None else row.tuned_input
    out = row.output if tuned_from is None or row.tuned_output is None else row.tuned_output
    return lambda usage: (usage.prompt_tokens * into + usage.completion_tokens * out) / MILLION
