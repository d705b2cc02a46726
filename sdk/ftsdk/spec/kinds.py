"""The kinds of documents and the model of each, which is imported when a document is of that kind."""

from __future__ import annotations

from importlib import import_module

from ftsdk.spec.fields import SpecValue

_HOMES = {"FineTune": "model", "Project": "model", "Decision": "decision"}
KINDS = tuple(_HOMES)


def model_of(kind: str) -> type[SpecValue]:
    """The model of documents that say ``kind: FineTune``, ``Project`` or ``Decision``."""
    model: type[SpecValue] = getattr(import_module(f"ftsdk.spec.{_HOMES[kind]}"), kind)
    return model
