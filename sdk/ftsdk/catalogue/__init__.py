"""Dated tables of models, limits, lifecycles and prices of training: one owner, never copied."""

from ftsdk.catalogue.hyperparameters import Bounds, KindRow, Takes, kind_row
from ftsdk.catalogue.lifetimes import Route, routes
from ftsdk.catalogue.models import MODELS, ModelRow, find_model
from ftsdk.catalogue.row_limits import ROW_LIMITS, RowLimits, row_limits

__all__ = [
    "MODELS",
    "ROW_LIMITS",
    "Bounds",
    "KindRow",
    "ModelRow",
    "Route",
    "RowLimits",
    "Takes",
    "find_model",
    "kind_row",
    "routes",
    "row_limits",
]
