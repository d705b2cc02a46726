"""What calls to models cost: dated rows, read once from inference.yaml."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

from ftsdk.catalogue.tables import read_table
from ftsdk.values import Value


class CallPrices(Value):
    """US dollars per million tokens; ``tuned_*`` of models tuned from it, None where that is not offered."""

    model: str
    input: float
    cached: float
    output: float
    tuned_input: float | None = None
    tuned_cached: float | None = None
    tuned_output: float | None = None
    training: float | None = None
    source: str
    sure: Literal["high", "medium", "low"]
    as_of: date


@cache
def call_prices() -> tuple[CallPrices, ...]:
    """Every row of inference.yaml."""
    table = read_table("inference.yaml")
    return tuple(CallPrices.model_validate(row | {"as_of": table["as_of"]}) for row in table["models"])


def prices_of(model: str) -> CallPrices | None:
    """The row of a model, also under a dated or longer name; None when it is not in the table."""
    name = model.lower().strip()
    fitting = [row for row in call_prices() if name == row.model or name.startswith(f"{row.model}-20")]
    return fitting[0] if fitting else None
