"""What makes two plans the same: the fingerprint of what trains, and the digest of everything that would be done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ftsdk.catalogue import EmbeddedModel, ModelRow
from ftsdk.plan.classes import class_of
from ftsdk.plan.value import Plan
from ftsdk.spec import SpecFile
from ftsdk.spec.method import Method
from ftsdk.spec.policy import Policy
from ftsdk.trainers.contract import Hyperparameters

# Told by the resolved numbers, so that `auto` and the number that it stands for are the same training.
RESOLVED = frozenset({"type", "epochs", "batch_size", "learning_rate", "seed"})
RESOLVED_ADAPTER = frozenset({"rank", "alpha", "layers"})


def fingerprint(spec_file: SpecFile, row: ModelRow, hyperparameters: Hyperparameters | None, rows_sha256: str) -> str:
    """``ft1:`` and 16 hex digits over what trains, and nothing else: gates, names and layout do not move it.

    ``rows_sha256`` is of the exported rows without a system prompt.
    """
    body = spec_file.spec.spec
    what = {
        "connection": body.connection,
        "model": row.name,
        "weights": row.package.file_sha256 if isinstance(row, EmbeddedModel) else None,
        "method": body.method.type,
        "options": _options(body.method, resolved=hyperparameters is not None),
        "hyperparameters": hyperparameters.model_dump(mode="json") if hyperparameters else _written(body.method),
        "system_prompt": spec_file.system_prompt,
        "continue_from": body.continue_from,
        "validation": [body.dataset.validation, body.dataset.validation_sha256],
        "splits": body.dataset.splits.model_dump(mode="json") if body.dataset.splits else None,
        "rows": rows_sha256,
    }
    return f"ft1:{_sha256(what)[:16]}"


def bound(
    trains: str, spec_file: SpecFile, inputs: Mapping[str, str], policy: Policy, facts: Mapping[str, Any]
) -> dict[str, str]:
    """What an approval binds to, by name, as 16 hex digits each; the digest is of these.

    ``inputs`` are the files that the spec names by the sha256 of what counts in them; ``facts`` what the world said
    that matters: prices, the ceiling, the model's life and limits. No clock and no age is among them.
    """
    spec = spec_file.spec.model_dump(mode="json", by_alias=True)
    parts: dict[str, Any] = {
        "what trains": trains,
        "the spec": {path: value for path, value in _binding(spec, "") if not path.startswith(IN_FINGERPRINT)},
        "the files": dict(inputs),
        "the policy": policy.model_dump(mode="json"),
        **facts,
    }
    return {name: _sha256({"is": part})[:16] for name, part in parts.items()}


# The fingerprint tells these by what they mean: an `auto` and its number, a file and what is in it.
IN_FINGERPRINT = (
    "spec.method",
    "spec.dataset.train",
    "spec.dataset.sha256",
    "spec.dataset.max_rows",
    "spec.system_prompt",
)


def digest(parts: Mapping[str, str]) -> str:
    """``sha256:`` and 64 hex digits over everything that an approval binds to."""
    return f"sha256:{_sha256(dict(parts))}"


def _written(method: Method) -> dict[str, Any]:
    """The numbers as a spec says them, where the provider decides what ``auto`` is."""
    return method.model_dump(mode="json", include=set(RESOLVED) - {"type"})


def _options(method: Method, *, resolved: bool) -> dict[str, Any]:
    """What a spec says of the method beyond the ``resolved`` numbers; defaults are left out."""
    said = method.model_dump(mode="json", exclude_defaults=True, exclude=set(RESOLVED))
    told = RESOLVED_ADAPTER if resolved else frozenset[str]()
    adapter = {key: value for key, value in said.pop("adapter", {}).items() if key not in told}
    return {**said, "adapter": adapter} if adapter else said


def _binding(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every part of a spec, by its path, that the table of classes says an approval binds to."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _binding(item, f"{path}.{key}" if path else str(key))
    elif value not in (None, [], {}) and class_of(path).binds:
        yield path, value


def operation_key(project: str, name: str, trains: str, attempt: int = 1) -> str:
    """The key under which a provider is asked for the job: the same key never makes two jobs.

    It holds letters, digits and hyphens only, and no row's id: stores that do not know each other ask for the same.
    """
    return f"{key_prefix(project)}{name}-{trains.removeprefix('ft1:')}-{attempt}"


def key_prefix(project: str) -> str:
    """What all keys of a project begin with; 8 hex digits stand for its name, so that no two names can run together."""
    return f"ftsdk-{hashlib.sha256(project.encode()).hexdigest()[:8]}-"


def with_attempt(plan: Plan, lost: int) -> Plan:
    """The plan under the key of a later attempt: ``lost`` jobs more were seen to end badly."""
    base, _, attempt = plan.order.key.rpartition("-")
    key = f"{base}-{int(attempt) + lost}"
    return plan.model_copy(update={"order": plan.order.model_copy(update={"key": key})}) if lost else plan


def _sha256(what: dict[str, Any]) -> str:
    text = json.dumps(what, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
