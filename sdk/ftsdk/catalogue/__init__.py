"""Dated tables of models, limits, lifecycles and prices of training: one owner, never copied."""

from ftsdk.catalogue.hyperparameters import Bounds, KindRow, Takes, kind_row
from ftsdk.catalogue.lifetimes import Route, routes
from ftsdk.catalogue.models import MODELS, ModelRow, find_model

__all__ = ["MODELS", "Bounds", "KindRow", "ModelRow", "Route", "Takes", "find_model", "kind_row", "routes"]
