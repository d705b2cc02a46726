"""``auto`` resolved: every number that training depends on, from the spec and the model's row in the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ftsdk.catalogue import EmbeddedModel, ModelRow
from ftsdk.diagnostics import Place
from ftsdk.errors import SpecError
from ftsdk.spec.limits import beyond_limits
from ftsdk.spec.model import Method
from ftsdk.spec.places import error
from ftsdk.trainers.contract import Hyperparameters

Number = TypeVar("Number", int, float)


def resolve_hyperparameters(
    method: Method, row: ModelRow, *, place: Callable[..., Place] | None = None
) -> Hyperparameters | None:
    """The numbers to train with; None where the provider decides. Raises SpecError for what the model cannot take.

    ``place`` (a SpecFile's) tells findings where the spec says it.
    """
    findings = tuple(
        error("spec/hyperparameter", limit.message, place("spec", "method", *limit.path) if place else None, limit.help)
        for limit in beyond_limits(method.model_dump(), row)
    )
    if findings:
        raise SpecError(findings[0].message, findings=findings, help=findings[0].help)
    if not isinstance(row, EmbeddedModel):
        return None
    adapter, auto = method.adapter, row.defaults
    return Hyperparameters(
        rank=_or(adapter.rank, auto.rank),
        alpha=_or(adapter.alpha, auto.alpha),
        layers=_or(adapter.layers, auto.layers),
        epochs=_or(method.epochs, auto.epochs),
        batch_size=_or(method.batch_size, auto.batch_size),
        learning_rate=_or(method.learning_rate, auto.learning_rate),
        seed=method.seed,
    )


def _or(written: Number | str, auto: Number) -> Number:
    return auto if isinstance(written, str) else written
