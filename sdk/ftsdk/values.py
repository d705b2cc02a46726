"""The base of every value that crosses a room's border: frozen, typed, JSON-able, and drawn by ``ftsdk.report``."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen pydantic model that refuses unknown fields and draws itself in a terminal and in a notebook."""

    # Each model is compiled when it is first used: a command uses few of them, and compiling all is most of its start.
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings", defer_build=True)

    # Drawn by name: report/ sits below every room, and drawing is the one listed exception to the house order.
    def __str__(self) -> str:
        return str(import_module("ftsdk.report").text(self))

    def __rich__(self) -> Any:
        return import_module("ftsdk.report").terminal(self)

    def _repr_html_(self) -> str:
        return str(import_module("ftsdk.report").fragment(self))
