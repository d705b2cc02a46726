"""Plans: spec, figures, state and capabilities -> what would happen, at what cost, who must agree; spends nothing.

Names load when they are first used: a command that plans nothing needs no numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftsdk.lazy import lazily

if TYPE_CHECKING:
    from ftsdk.plan.approvals import needs
    from ftsdk.plan.build import build_plan, last_of
    from ftsdk.plan.hyperparameters import resolve_hyperparameters
    from ftsdk.plan.identity import digest, fingerprint, key_prefix, operation_key, with_attempt
    from ftsdk.plan.measuring import Measured, measure, measured_key, training_rows
    from ftsdk.plan.snapshot import Snapshot, drift
    from ftsdk.plan.stale import moved
    from ftsdk.plan.teams import Hold, holds, months, team_of
    from ftsdk.plan.value import ArmPlan, Interval, Need, Plan, PlanSet, Step

_HOMES = {
    "ArmPlan": "value",
    "Hold": "teams",
    "Interval": "value",
    "Measured": "measuring",
    "Need": "value",
    "Plan": "value",
    "PlanSet": "value",
    "Snapshot": "snapshot",
    "Step": "value",
    "build_plan": "build",
    "digest": "identity",
    "drift": "snapshot",
    "fingerprint": "identity",
    "holds": "teams",
    "key_prefix": "identity",
    "last_of": "build",
    "measure": "measuring",
    "measured_key": "measuring",
    "months": "teams",
    "moved": "stale",
    "needs": "approvals",
    "operation_key": "identity",
    "resolve_hyperparameters": "hyperparameters",
    "team_of": "teams",
    "training_rows": "measuring",
    "with_attempt": "identity",
}

__all__ = [
    "ArmPlan",
    "Hold",
    "Interval",
    "Measured",
    "Need",
    "Plan",
    "PlanSet",
    "Snapshot",
    "Step",
    "build_plan",
    "digest",
    "drift",
    "fingerprint",
    "holds",
    "key_prefix",
    "last_of",
    "measure",
    "measured_key",
    "months",
    "moved",
    "needs",
    "operation_key",
    "resolve_hyperparameters",
    "team_of",
    "training_rows",
    "with_attempt",
]

__getattr__ = lazily(__name__, _HOMES)
