"""Of every field of the schema one table says whether fingerprint and digest move with it; both are held to it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ftsdk.catalogue import model_row
from ftsdk.plan.changes import field_changes
from ftsdk.plan.classes import CLASSES, class_of, strongest
from ftsdk.plan.identity import bound, digest, fingerprint
from ftsdk.spec import FineTune, SpecFile, json_schema
from ftsdk.spec.model import PromptFile
from ftsdk.spec.policy import Policy
from tests.ftsdk.plan.schema_pairs import Pairs

SCHEMA = json_schema("FineTune")
PAIRS = tuple(Pairs(SCHEMA).of(SCHEMA))
# One value each, so nothing can move with them.
FIXED = {"apiVersion", "kind"}


def spec_file(document: dict[str, Any]) -> SpecFile:
    """A spec whose every text says its own name."""
    spec = FineTune.model_validate_json(json.dumps(document))
    prompt = spec.spec.system_prompt
    text = f"The text of {prompt.file}." if isinstance(prompt, PromptFile) else prompt
    return SpecFile(path="s.yaml", root=Path("/"), spec=spec, system_prompt=text, texts={}, sha256="")


def identity(found: SpecFile) -> tuple[str, str]:
    """Fingerprint and digest at a provider that decides what `auto` is; a name stands for the rows of its file."""
    data = found.spec.spec.dataset
    rows = hashlib.sha256(f"{data.train} {data.sha256} {data.max_rows}".encode()).hexdigest()
    row = model_row("gpt-4.1-mini-2025-04-14", "openai").model_copy(update={"name": found.spec.spec.model})
    trains = fingerprint(found, row, None, rows)
    return trains, digest(bound(trains, found, {}, Policy(), {}))


def test_every_line_of_the_table_has_fields_and_every_field_of_the_schema_two_values() -> None:
    assert len(PAIRS) > 300
    assert [line for line in CLASSES if not any(f"{pair.path}.".startswith(f"{line}.") for pair in PAIRS)] == sorted(
        FIXED
    )


@pytest.mark.parametrize("number", range(len(PAIRS)), ids=lambda number: f"{PAIRS[number].path}-{number}")
def test_fingerprint_digest_and_class_are_as_the_table_says(number: int) -> None:
    path, *sides = PAIRS[number]
    before, after = map(spec_file, sides)
    assert before.spec != after.spec
    expected, one, other = class_of(path), identity(before), identity(after)
    assert (one[0] != other[0]) is (expected.change in ("train", "continue"))
    assert (one[1] != other[1]) is expected.binds
    assert strongest([change.change for change in field_changes(before.spec, after)]) == expected.change
