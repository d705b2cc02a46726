"""One table says of every field what its change asks for and whether an approval outlives it; it is held to that."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from ftsdk.plan import Plan
from ftsdk.plan.classes import CLASSES, class_of
from ftsdk.spec import json_schema
from tests.ftsdk.plan.conftest import SPEC, last_of

PlanOf = Callable[..., Plan]
PROJECT = {
    "connections": {"local": {"type": "local"}, "other": {"type": "local"}},
    "teams": {"us": {"paths": ["none/*"]}},
}
# One change of each line of the table that can change; the two others have one value only.
CHANGES: dict[str, Any] = {
    "metadata.name": "renamed",
    "metadata.team": "us",
    "metadata.previous_names": ["older"],
    "metadata.labels": {"a": "b"},
    "spec.connection": "other",
    "spec.system_prompt": "Be brief.",
    "spec.method": {"epochs": 3},
    "spec.dataset": {"train": "train.jsonl", "max_rows": 70},
    "spec.dataset.checks": {"outliers": "off"},
    "spec.evaluation": {**SPEC["spec"]["evaluation"], "max_rows": 30},
    "spec.gates": [{"metric": "exact", "min": 0.5}],
    "spec.deployment": {"ttl": "2h"},
    "spec.promote": {"alias": "staging"},
    "spec.budget": {"max_usd": 3},
    "spec.timeout": "12h",
    "spec.lifecycle": {"protect": True},
    "spec.notify": {"slack": "#models"},
}
CANNOT = {
    "apiVersion": "one value",
    "kind": "one value",
    "spec.model": "the catalogue trains one model",
    "spec.continue_from": "needs a run",
    "spec.dataset.format": "one value that these rows have",
}


def paths(schema: Mapping[str, Any], node: Mapping[str, Any], path: str, depth: int) -> Iterator[str]:
    """Every property of a schema by its dotted path, through references."""
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    for key, item in node.get("properties", {}).items():
        here = f"{path}.{key}" if path else key
        yield here
        if depth:
            for each in (item, *item.get("anyOf", ()), *item.get("oneOf", ())):
                yield from paths(schema, each, here, depth - 1)


def test_every_field_of_the_schema_has_a_class_and_every_line_of_the_table_a_field() -> None:
    schema = json_schema("FineTune")
    known = set(paths(schema, schema, "", 4))
    below = [path for path in known if path not in ("metadata", "spec")]
    assert len(below) > 100 and all(class_of(path) for path in below)
    assert [path for path in CLASSES if path not in known] == []
    assert set(CHANGES) | set(CANNOT) == set(CLASSES)


def changed(path: str) -> dict[str, Any]:
    spec = copy.deepcopy(SPEC)
    *parents, last = path.split(".")
    part: dict[str, Any] = spec
    for name in parents:
        part = part.setdefault(name, {})
    part[last] = CHANGES[path]
    return spec


@pytest.mark.parametrize("path", CHANGES)
def test_the_digest_moves_with_a_field_exactly_where_the_table_says_so(plan_of: PlanOf, path: str) -> None:
    before = plan_of(project=PROJECT)
    after = plan_of(changed(path), {before.fingerprint: "r7"}, last_of(before), project=PROJECT)
    assert (after.digest != before.digest) is CLASSES[path].binds
    assert (after.fingerprint != before.fingerprint) is (CLASSES[path].change == "train")
    if path not in ("metadata.name", "metadata.previous_names"):
        assert after.change == CLASSES[path].change
        assert any(change.path.startswith(path) for change in after.changes)


def test_comments_order_and_layout_never_move_the_digest(plan_of: PlanOf) -> None:
    """The same spec as JSON, indented, its keys turned round, and with a comment on every line."""
    before = plan_of()
    turned = {key: dict(reversed(v.items())) if isinstance(v, dict) else v for key, v in reversed(SPEC.items())}
    pretty = json.dumps(turned, indent=3)
    commented = "\n".join(f"{line}  # said here" for line in pretty.splitlines())
    for text in (pretty, f"# above\n{commented}\n\n# below\n"):
        after = plan_of(text)
        assert (after.digest, after.fingerprint) == (before.digest, before.fingerprint)
