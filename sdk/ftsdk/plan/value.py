"""A plan: what would happen, what it would cost, and how sure the comparison could be; it spends nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from ftsdk.data.value import LeakCertificate, Ledger
from ftsdk.diagnostics import Diagnostic
from ftsdk.prices.value import Interval
from ftsdk.providers.base import Order
from ftsdk.spec.model import FineTune
from ftsdk.values import Value

__all__ = ["ArmPlan", "Change", "Interval", "Plan", "Step"]

Change = Literal["train", "evaluate", "promote", "reuse"]


class Step(Value):
    """One thing that apply would do, in order, in plain words."""

    phase: str
    text: str


class ArmPlan(Value):
    """One arm to evaluate: how many rows, and about how many tokens each prompt has."""

    name: str
    rows: int
    prompt_tokens: int


class Plan(Value):
    """What applying a spec would do.

    ``fingerprint`` identifies what trains; ``digest`` everything that would be done (approvals bind to it).
    ``smallest_visible`` is the least gain of the primary metric, in points, that so many rows show with 80 % power.
    """

    format_version: Literal["1"] = "1"
    name: str
    spec_path: str
    change: Change
    why: str
    fingerprint: str
    digest: str
    spec: FineTune
    order: Order
    train_rows: int
    ledger: Ledger
    leak: LeakCertificate | None
    arms: tuple[ArmPlan, ...]
    steps: tuple[Step, ...]
    seconds: Interval
    usd: Interval
    max_usd: Decimal | None
    smallest_visible: tuple[float, float] | None
    findings: tuple[Diagnostic, ...]
    reuses_run: str | None = None
