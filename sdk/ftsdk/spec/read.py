"""Bytes to a typed document: decode, compose, judge by pydantic, explain what does not fit at its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from ftsdk.diagnostics import Diagnostic
from ftsdk.spec.compose import compose
from ftsdk.spec.document import Document
from ftsdk.spec.fields import SpecValue
from ftsdk.spec.places import Path, dotted, error
from ftsdk.spec.text import decode
from ftsdk.spec.unread import warnings

if TYPE_CHECKING:
    from ftsdk.spec.explain import Misfit

Model = TypeVar("Model", bound=BaseModel)


def read_document(data: bytes, file: str) -> tuple[Document | None, tuple[Diagnostic, ...]]:
    """The document in ``data`` and what is wrong with its form; None when it cannot be composed."""
    text, findings = decode(data, file)
    return (None, findings) if text is None else compose(text, file)


def fit(document: Document, model: type[Model]) -> tuple[Model | None, tuple[Diagnostic, ...]]:
    """``document`` as a ``model`` with warnings, or everything that does not fit, each at its place."""
    try:
        value = model.model_validate(document.value)
    except ValidationError as refused:
        from ftsdk.spec.explain import explain  # most documents fit

        misfits = explain(model, document.value)
        found = [_diagnostic(misfit, document) for misfit in misfits if not _known(misfit, document.broken)]
        if misfits or document.broken:
            return None, tuple(found)
        # The walk knows every form that the models use; should one be missed, the place is still told.
        path = _path(refused.errors()[0]["loc"], document)
        message = f"{dotted(path)} does not fit {model.__name__}"
        return None, (error("spec/wrong-value", message, document.place(path), "compare `ft schema`"),)
    return value, warnings(value, document) if isinstance(value, SpecValue) else ()


def _diagnostic(misfit: Misfit, document: Document) -> Diagnostic:
    place = document.key_place(misfit.path) if misfit.at_key else document.place(misfit.path)
    return error(misfit.code, misfit.message, place, misfit.help)


def _known(misfit: Misfit, broken: frozenset[Path]) -> bool:
    """Whether the composer has already refused the value that this is about, or one above it."""
    above = len(misfit.path) if misfit.at_key else len(misfit.path) + 1
    return any(misfit.path[:length] in broken for length in range(above))


def _path(location: tuple[str | int, ...], document: Document) -> Path:
    """pydantic's location without the union tags that are no part of the document."""
    path: Path = ()
    for part in location:
        if (*path, part) in document.values:
            path = (*path, part)
    return path
