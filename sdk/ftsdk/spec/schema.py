"""The JSON Schema that editors check specs with."""

from __future__ import annotations

from typing import Any, Literal

from ftsdk.spec.model import FineTune, Project


def json_schema(kind: Literal["FineTune", "Project"] = "FineTune") -> dict[str, Any]:
    """JSON Schema 2020-12 of one kind of document."""
    model = FineTune if kind == "FineTune" else Project
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(by_alias=True)}
