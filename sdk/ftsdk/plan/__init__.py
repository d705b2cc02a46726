"""Plans: spec, data, state and capabilities -> what would happen, at what cost; spends nothing."""

from ftsdk.plan.approvals import Need, needs
from ftsdk.plan.build import build_plan, training_rows
from ftsdk.plan.hyperparameters import resolve_hyperparameters
from ftsdk.plan.identity import digest, fingerprint, key_prefix, operation_key, with_attempt
from ftsdk.plan.teams import Hold, holds, months, team_of
from ftsdk.plan.value import ArmPlan, Interval, Plan, Step

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
