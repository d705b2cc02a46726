"""Parts of the language that few documents have: their models are made when a document first has one.

Making and compiling a model takes about half a millisecond of every `ft validate`, whether a spec uses it or not.
Of a union that ``type`` tells apart only the branch that a document has is compiled.
"""

from __future__ import annotations

from functools import cache, cached_property
from importlib import import_module
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema, to_json


@cache
def tag_of(kind: Any) -> str | None:
    """The value of a model's ``type`` key, when it can only have one: it tells the branches of a union apart."""
    field = kind.model_fields.get("type") if isinstance(kind, type) and issubclass(kind, BaseModel) else None
    words = get_args(field.annotation) if field is not None and get_origin(field.annotation) is Literal else ()
    return str(words[0]) if len(words) == 1 else None


class Later:
    """Stands in a model for the type ``name`` of ``ftsdk.spec.module``."""

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name

    @cached_property
    def annotation(self) -> Any:
        """The type itself."""
        return getattr(import_module(f"ftsdk.spec.{self._module}"), self._name)

    @cached_property
    def _branches(self) -> dict[str, Any]:
        union = next(iter(get_args(self.annotation)), None)
        return {tag: part for part in get_args(union) if (tag := tag_of(part)) is not None}

    @cache  # noqa: B019  one of these stands in each place of the language, and stays
    def _adapter(self, tag: str | None) -> TypeAdapter[Any]:
        return TypeAdapter(self._branches.get(tag or "", self.annotation))

    def _validated(self, value: Any, info: ValidationInfo) -> Any:
        tag = value.get("type") if isinstance(value, dict) else None
        adapter = self._adapter(tag if isinstance(tag, str) and tag in self._branches else None)
        if info.mode == "json":  # strict types read a list as a tuple from JSON only
            return adapter.validate_json(to_json(value))
        return adapter.validate_python(value)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.with_info_plain_validator_function(self._validated)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(self._adapter(None).core_schema)


def later(module: str, name: str) -> Any:
    """The type ``name`` of ``ftsdk.spec.module``, for a model's annotation; type checkers see the type itself."""
    return Annotated[Any, Later(module, name)]
