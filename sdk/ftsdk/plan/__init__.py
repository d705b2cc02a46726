"""Plans: spec, data, state and capabilities -> what would happen, at what cost; spends nothing."""

from ftsdk.plan.build import build_plan, training_rows
from ftsdk.plan.hyperparameters import resolve_hyperparameters
from ftsdk.plan.identity import digest, fingerprint, operation_key
from ftsdk.plan.value import ArmPlan, Interval, Plan, Step

__all__ = [
    "ArmPlan",
    "Interval",
    "Plan",
    "Step",
    "build_plan",
    "digest",
    "fingerprint",
    "operation_key",
    "resolve_hyperparameters",
    "training_rows",
]
