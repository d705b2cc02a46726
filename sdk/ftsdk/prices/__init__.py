"""Prices: a model and its usage -> money, as an interval."""

from ftsdk.prices import bill
from ftsdk.prices.book import CallPrice, ModelPrices, Price, model_prices, prices_at
from ftsdk.prices.calls import (
    CallShape,
    Terms,
    calls_that_pay_hosting,
    cost_per_call,
    cost_with_errors,
    static_tokens_that_pay,
    training_run_cost,
)
from ftsdk.prices.training import cost_words, training_cost
from ftsdk.prices.value import Interval

__all__ = [
    "CallPrice",
    "CallShape",
    "Interval",
    "ModelPrices",
    "Price",
    "Terms",
    "bill",
    "calls_that_pay_hosting",
    "cost_per_call",
    "cost_with_errors",
    "cost_words",
    "model_prices",
    "prices_at",
    "static_tokens_that_pay",
    "training_cost",
    "training_run_cost",
]
