"""What training tokens cost, from the model's row in the catalogue."""

from __future__ import annotations

from ftsdk.catalogue import EmbeddedModel
from ftsdk.prices.value import Interval

# A provider counts with its own template and may round up an epoch's last batch.
COUNTING_ERROR = 0.02


def training_cost(tokens: int, row: EmbeddedModel) -> Interval:
    """US dollars for ``tokens`` training tokens (all epochs together); 0 for a model that trains on this machine."""
    likely = tokens * float(row.usd_per_million_tokens) / 1e6
    return Interval(low=likely * (1 - COUNTING_ERROR), likely=likely, high=likely * (1 + COUNTING_ERROR), unit="USD")


def cost_words(cost: Interval) -> str:
    """A cost as people say it: ``$7.52 to $8.02``, or that only this machine's time is spent."""
    if cost.high == 0:
        return "no money, only this machine's time"
    low, high = f"${cost.low:,.2f}", f"${cost.high:,.2f}"
    return low if low == high else f"{low} to {high}"
