"""Prices: a model and its usage -> money, as an interval."""

from ftsdk.prices.training import cost_words, training_cost
from ftsdk.prices.value import Interval

__all__ = ["Interval", "cost_words", "training_cost"]
