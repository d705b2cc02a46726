"""Dated tables of models, limits, lifecycles and prices of training: one owner, never copied.

Names load when they are first used: a command reads one table, seldom all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftsdk.lazy import lazily

if TYPE_CHECKING:
    from ftsdk.catalogue.hosted import hosted_model, hosted_models
    from ftsdk.catalogue.hyperparameters import Bounds, KindRow, Takes, kind_row
    from ftsdk.catalogue.inference import CallPrices, call_prices, prices_of
    from ftsdk.catalogue.lifetimes import Route, routes
    from ftsdk.catalogue.limits import ROW_LIMITS, RowLimits, row_limits
    from ftsdk.catalogue.models import MODELS, EmbeddedModel, ModelRow, find_model, model_row
    from ftsdk.catalogue.training_costs import (
        Billing,
        TrainingPrice,
        billing,
        family,
        is_pinned,
        matches_model,
        training_price,
        training_prices,
    )

_HOMES = {
    "MODELS": "models",
    "ROW_LIMITS": "limits",
    "Billing": "training_costs",
    "CallPrices": "inference",
    "TrainingPrice": "training_costs",
    "billing": "training_costs",
    "call_prices": "inference",
    "family": "training_costs",
    "is_pinned": "training_costs",
    "matches_model": "training_costs",
    "prices_of": "inference",
    "training_price": "training_costs",
    "training_prices": "training_costs",
    "Bounds": "hyperparameters",
    "KindRow": "hyperparameters",
    "EmbeddedModel": "models",
    "ModelRow": "models",
    "Route": "lifetimes",
    "RowLimits": "limits",
    "Takes": "hyperparameters",
    "find_model": "models",
    "model_row": "models",
    "hosted_model": "hosted",
    "hosted_models": "hosted",
    "kind_row": "hyperparameters",
    "routes": "lifetimes",
    "row_limits": "limits",
}

__all__ = [
    "MODELS",
    "ROW_LIMITS",
    "Billing",
    "Bounds",
    "CallPrices",
    "EmbeddedModel",
    "KindRow",
    "ModelRow",
    "Route",
    "RowLimits",
    "Takes",
    "TrainingPrice",
    "billing",
    "call_prices",
    "family",
    "find_model",
    "hosted_model",
    "hosted_models",
    "is_pinned",
    "kind_row",
    "matches_model",
    "model_row",
    "prices_of",
    "routes",
    "row_limits",
    "training_price",
    "training_prices",
]

__getattr__ = lazily(__name__, _HOMES)
