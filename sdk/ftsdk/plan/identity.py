"""What makes two plans the same: the fingerprint of what trains, and the digest of everything that would be done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ftsdk.catalogue import ModelRow
from ftsdk.data import Dataset, Row, training_file
from ftsdk.plan.value import Plan
from ftsdk.spec import SpecFile
from ftsdk.spec.policy import Policy
from ftsdk.trainers.contract import Hyperparameters


def fingerprint(spec_file: SpecFile, row: ModelRow, hyperparameters: Hyperparameters, rows: Sequence[Row]) -> str:
    """``ft1:`` and 16 hex digits over what trains, and nothing else: gates, names and layout do not move it."""
    what = {
        "model": row.name,
        "weights": row.package.file_sha256,
        "method": spec_file.spec.spec.method.type,
        "hyperparameters": hyperparameters.model_dump(mode="json"),
        "system_prompt": spec_file.system_prompt,
        "rows": hashlib.sha256(training_file(rows, None)).hexdigest(),
    }
    return f"ft1:{_sha256(what)[:16]}"


def digest(
    trains: str,
    spec_file: SpecFile,
    test: Dataset | None,
    suites: Mapping[str, Dataset],
    usd_ceiling: float,
    policy: Policy,
) -> str:
    """``sha256:`` and 64 hex digits over the fingerprint and all that an approval must bind to."""
    body = spec_file.spec.spec
    what = {
        "fingerprint": trains,
        "name": spec_file.spec.metadata.name,
        "connection": body.connection,
        "evaluation": body.evaluation.model_dump(mode="json") if body.evaluation else None,
        "checks": body.dataset.checks.model_dump(mode="json"),
        "gates": [gate.model_dump(mode="json") for gate in body.gates],
        "promote": body.promote.model_dump(mode="json") if body.promote else None,
        "budget": body.budget.model_dump(mode="json"),
        "texts": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in spec_file.texts.items()},
        "test": test.sha256 if test else None,
        "suites": {name: dataset.sha256 for name, dataset in suites.items()},
        "usd_ceiling": round(usd_ceiling, 2),
        "policy": policy.model_dump(mode="json"),
    }
    return f"sha256:{_sha256(what)}"


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
