"""The JSON Schema that editors check specs with."""

from __future__ import annotations

from typing import Any, Literal

from ftsdk.spec.fields import SpecValue
from ftsdk.spec.model import Decision, FineTune, Project

Kind = Literal["FineTune", "Project", "Decision"]
KINDS: dict[Kind, type[SpecValue]] = {"FineTune": FineTune, "Project": Project, "Decision": Decision}


def json_schema(kind: Kind = "FineTune") -> dict[str, Any]:
    """JSON Schema 2020-12 of one kind of document."""
    schema = KINDS[kind].model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
