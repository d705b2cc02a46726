"""A spec as it takes effect: every value, and the place or the default that it came from; and that as YAML again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ftsdk.catalogue import MODELS
from ftsdk.spec.file import SpecFile
from ftsdk.spec.places import Path
from ftsdk.spec.scalars import Refused, core_scalar

WIDTH = 60  # comments line up here, unless a line is longer
# Text that people and YAML read as itself without quotes.
_PLAIN = re.compile(r"[A-Za-z_./][\w./@+-]*( [\w./@+-]+)*")


class Effective(NamedTuple):
    """One value: a scalar, or an empty list or mapping. ``origin`` is ``file:line:column``, or says which default."""

    value: Any
    origin: str


def effective(spec_file: SpecFile) -> Any:
    """Mappings as dicts and lists as lists, with an `Effective` at every leaf; what is absent is left out."""
    return _part(spec_file, spec_file.spec, (), "")


def leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Effective]]:
    """Every leaf with its path."""
    if isinstance(tree, Effective):
        yield path, tree
        return
    for key, item in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield from leaves(item, (*path, key))


def as_yaml(tree: Any, *, origin: bool) -> str:
    """The tree as a document that `ft validate` takes; with ``origin`` each value has its own as a comment."""
    lines = list(_lines(tree, ""))
    width = min(WIDTH, max(len(text) for text, _ in lines))
    return "".join(f"{text:<{width}}  # {said}\n" if origin and said else f"{text}\n" for text, said in lines)


def _part(spec_file: SpecFile, value: Any, path: Path, source: str) -> Any:
    if isinstance(value, BaseModel):
        fields = (
            (field.alias or name, getattr(value, name), field) for name, field in type(value).model_fields.items()
        )
        return {
            key: _part(spec_file, item, (*path, key), _source(field)) for key, item, field in fields if item is not None
        }
    if isinstance(value, dict) and value:
        return {key: _part(spec_file, item, (*path, key), source) for key, item in value.items()}
    if isinstance(value, tuple) and value:
        return [_part(spec_file, item, (*path, index), source) for index, item in enumerate(value)]
    return _leaf(spec_file, value, path, source)


def _leaf(spec_file: SpecFile, value: Any, path: Path, source: str) -> Effective:
    place = spec_file.written(*path)
    written = str(place) if place else ""
    if value == "auto" and path[:2] == ("spec", "method"):
        row = next((row for row in MODELS if row.name == spec_file.spec.spec.model), None)
        chosen = getattr(row.defaults, str(path[-1]), None) if row is not None else None
        if chosen is not None:
            return Effective(chosen, f"{written + ', ' if written else ''}auto: the catalogue's for this model")
    plain = float(value) if isinstance(value, Decimal) else list(value) if isinstance(value, tuple) else value
    return Effective(plain, written or f"default{source}")


def _source(field: FieldInfo) -> str:
    """Why the default is what it is, where the model says so."""
    extra = field.json_schema_extra
    return f": {extra['x-source']}" if isinstance(extra, dict) and "x-source" in extra else ""


def _lines(tree: Any, pad: str) -> Iterator[tuple[str, str]]:
    """Every line of the document, with the origin of its value."""
    for key, item in tree.items() if isinstance(tree, dict) else enumerate(tree):
        start = f"{pad}{_scalar(key)}:" if isinstance(tree, dict) else f"{pad}-"
        if isinstance(item, Effective):
            yield f"{start} {_scalar(item.value)}", item.origin
        elif isinstance(tree, dict):
            yield start, ""
            yield from _lines(item, f"{pad}  ")
        else:
            below = list(_lines(item, f"{pad}  "))
            yield f"{start} {below[0][0].lstrip()}", below[0][1]
            yield from below[1:]


def _scalar(value: Any) -> str:
    """A scalar as our own reader reads it back; JSON's quotes are YAML's too."""
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        try:
            if core_scalar(value) == value:
                return value
        except Refused:
            pass  # quoted below
    return json.dumps(value, ensure_ascii=False)
