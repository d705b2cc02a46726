"""Plans: spec, data, state and capabilities -> what would happen, at what cost; spends nothing.

Names load when they are first used: a command that plans nothing needs no numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftsdk.lazy import lazily

if TYPE_CHECKING:
    from ftsdk.plan.approvals import Need, needs
    from ftsdk.plan.build import build_plan, training_rows
    from ftsdk.plan.hyperparameters import resolve_hyperparameters
    from ftsdk.plan.identity import digest, fingerprint, key_prefix, operation_key, with_attempt
    from ftsdk.plan.teams import Hold, holds, months, team_of
    from ftsdk.plan.value import ArmPlan, Interval, Plan, Step

_HOMES = {
    "ArmPlan": "value",
    "Hold": "teams",
    "Interval": "value",
    "Need": "approvals",
    "Plan": "value",
    "Step": "value",
    "build_plan": "build",
    "digest": "identity",
    "fingerprint": "identity",
    "holds": "teams",
    "key_prefix": "identity",
    "months": "teams",
    "needs": "approvals",
    "operation_key": "identity",
    "resolve_hyperparameters": "hyperparameters",
    "team_of": "teams",
    "training_rows": "build",
    "with_attempt": "identity",
}

__all__ = [
    "ArmPlan",
    "Hold",
    "Interval",
    "Need",
    "Plan",
    "Step",
    "build_plan",
    "digest",
    "fingerprint",
    "holds",
    "key_prefix",
    "months",
    "needs",
    "operation_key",
    "resolve_hyperparameters",
    "team_of",
    "training_rows",
    "with_attempt",
]

__getattr__ = lazily(__name__, _HOMES)
