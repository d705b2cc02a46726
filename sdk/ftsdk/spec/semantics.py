"""What types cannot tell: rules across fields, each with its own place, run even when the types do not hold."""

from __future__ import annotations

from ftsdk.diagnostics import Diagnostic
from ftsdk.spec import rules_evaluation, rules_files, rules_training
from ftsdk.spec.context import Context

RULES = (*rules_training.RULES, *rules_files.RULES, *rules_evaluation.RULES)


def cross_check(context: Context) -> tuple[Diagnostic, ...]:
    """Every finding of every rule."""
    return tuple(finding for rule in RULES for finding in rule(context))
