"""Whole plans have the class of what changed in them; `test_every_field` holds the table to each field by itself."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from ftsdk.plan import Plan
from ftsdk.plan.classes import CLASSES
from tests.ftsdk.plan.conftest import SPEC, last_of

PlanOf = Callable[..., Plan]
PROJECT = {
    "connections": {"local": {"type": "local"}, "other": {"type": "local"}},
    "teams": {"us": {"paths": ["none/*"]}},
}
# One change a line of the table, but for those that need another model, a run or other rows.
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
