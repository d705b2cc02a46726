"""Parts of the language that few documents have: their models are made when a document first has one.

Making and compiling a model takes about half a millisecond of every `ft validate`, whether a spec uses it or not.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema, to_json


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
    def _adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.annotation)

    def _validated(self, value: Any, info: ValidationInfo) -> Any:
        if info.mode == "json":  # strict types read a list as a tuple from JSON only
            return self._adapter.validate_json(to_json(value))
        return self._adapter.validate_python(value)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.with_info_plain_validator_function(self._validated)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(self._adapter.core_schema)


def later(module: str, name: str) -> Any:
    """The type ``name`` of ``ftsdk.spec.module``, for a model's annotation; type checkers see the type itself."""
    return Annotated[Any, Later(module, name)]
