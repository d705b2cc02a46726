"""The language as tests see it: its examples, and every part, field and word that a document may have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from ftsdk.spec import Decision, FineTune, Project
from ftsdk.spec.fields import SpecValue
from ftsdk.spec.later import Later

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs" / "example"
KINDS: dict[str, type[SpecValue]] = {"FineTune": FineTune, "Project": Project, "Decision": Decision}
DOCUMENTS = sorted(
    path
    for folder in (EXAMPLE, ROOT / "specs", ROOT / "ftsdk.yaml")
    for path in (folder.rglob("*.yaml") if folder.is_dir() else [folder])
)


def inside(annotation: Any) -> tuple[Any, ...]:
    """The types that a type is made of."""
    return (annotation.annotation,) if isinstance(annotation, Later) else get_args(annotation)


def parts_in(annotation: Any) -> Iterator[type[SpecValue]]:
    """The parts of a spec that a value of this type may hold."""
    if isinstance(annotation, type) and issubclass(annotation, SpecValue):
        yield annotation
    for inner in inside(annotation):
        yield from parts_in(inner)


def words_in(annotation: Any) -> Iterator[str]:
    """The words that a value of this type may be."""
    if get_origin(annotation) is Literal:
        yield from (word for word in get_args(annotation) if isinstance(word, str))
        return
    for inner in inside(annotation):
        yield from words_in(inner)


def all_parts() -> list[type[SpecValue]]:
    """Every part that a document of any kind may hold, the documents first."""
    found: dict[type[SpecValue], None] = {}
    waiting = list(KINDS.values())
    while waiting:
        part = waiting.pop(0)
        if part not in found:
            found[part] = None
            for field in part.model_fields.values():
                waiting += parts_in(field.annotation)
    return list(found)


def fields_of(part: type[SpecValue]) -> Iterator[tuple[str, str, FieldInfo]]:
    """The name of each field here and in a file, and what is known of it."""
    for name, field in part.model_fields.items():
        yield name, field.alias or name, field


def declared_by(part: type[SpecValue], name: str) -> str:
    """``Class.field`` of the class that first has the field."""
    owner = next(one for one in reversed(part.__mro__) if name in getattr(one, "__annotations__", {}))
    return f"{owner.__name__}.{name}"
