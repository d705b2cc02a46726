"""The JSON Schema that editors check specs with."""

from __future__ import annotations

from typing import Any

from ftsdk.spec.kinds import model_of


def schema_file(kind: str) -> str:
    """Where a project keeps the schema of a kind, from its root."""
    return f".ftsdk/{kind.lower()}.v1.schema.json"


def modeline(kind: str, depth: int) -> str:
    """The comment that tells an editor the schema of a document that lies ``depth`` directories below the root."""
    return f"# yaml-language-server: $schema={'../' * depth}{schema_file(kind)}"


def json_schema(kind: str = "FineTune") -> dict[str, Any]:
    """JSON Schema 2020-12 of one kind of document: FineTune, Project or Decision."""
    schema = model_of(kind).model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
