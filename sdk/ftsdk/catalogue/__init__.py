"""Dated tables of models, limits, lifecycles and prices of training: one owner, never copied.

Names load when they are first used: a command reads one table, seldom all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftsdk.lazy import lazily

if TYPE_CHECKING:
    from ftsdk.catalogue.hyperparameters import Bounds, KindRow, Takes, kind_row
    from ftsdk.catalogue.lifetimes import Route, routes
    from ftsdk.catalogue.limits import ROW_LIMITS, RowLimits, row_limits
    from ftsdk.catalogue.models import MODELS, ModelRow, find_model

_HOMES = {
    "MODELS": "models",
    "ROW_LIMITS": "limits",
    "Bounds": "hyperparameters",
    "KindRow": "hyperparameters",
    "ModelRow": "models",
    "Route": "lifetimes",
    "RowLimits": "limits",
    "Takes": "hyperparameters",
    "find_model": "models",
    "kind_row": "hyperparameters",
    "routes": "lifetimes",
    "row_limits": "limits",
}

__all__ = [
    "MODELS", "ROW_LIMITS", "Bounds", "KindRow", "ModelRow", "Route", "RowLimits", "Takes", "find_model", "kind_row",
    "routes", "row_limits",
]  # fmt: skip

__getattr__ = lazily(__name__, _HOMES)
