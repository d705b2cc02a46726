"""Requests held against OpenAI's own definition of them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

FILE = Path(__file__).with_name("openai_definitions.json")


@cache
def definitions() -> dict[str, Any]:
    """Schemas and samples, as scripts/openai_definitions.py took them out."""
    content: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return content


@cache
def _validator(name: str) -> Any:
    schemas = {"schemas": definitions()["schemas"]}
    return jsonschema_rs.validator_for({"$ref": f"#/components/schemas/{name}", "components": schemas})


def complaint(name: str, body: Any) -> str | None:
    """Why ``body`` is not what the definition ``name`` asks for; None when it is."""
    return next((f"{list(e.instance_path)}: {e.message}"[:400] for e in _validator(name).iter_errors(body)), None)
