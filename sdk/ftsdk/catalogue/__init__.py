"""Dated tables of models, limits, lifecycles and prices of training: one owner, never copied."""

from ftsdk.catalogue.models import MODELS, ModelRow, find_model

__all__ = ["MODELS", "ModelRow", "find_model"]
