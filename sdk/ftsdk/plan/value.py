"""A plan: what would happen, what it would cost, who must agree, how sure the comparison could be; spends nothing."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from ftsdk.data.value import LeakCertificate, Ledger
from ftsdk.diagnostics import Diagnostic, Place
from ftsdk.prices.value import Interval
from ftsdk.providers.base import Order
from ftsdk.spec.model import FineTune
from ftsdk.values import Value

__all__ = [
    "ArmPlan", "Change", "CostLine", "FieldChange", "Interval", "Life", "Need", "Plan", "PlanSet", "Step",
    "Unplanned", "Verdict",
]  # fmt: skip

# `none`: everything that the spec says was done already.
Change = Literal[
    "train", "continue", "evaluate", "deploy", "promote", "metadata", "reuse", "none"
]  # fmt: skip
Act = Literal["start", "promote", "override"]


class Step(Value):
    """One thing that apply would do, in order, in plain words."""

    phase: str
    text: str


class ArmPlan(Value):
    """One arm to evaluate: how many rows, and about how many tokens each prompt has."""

    name: str
    rows: int
    prompt_tokens: int


class FieldChange(Value):
    """One field that differs: its path, the values as people write them (None: absent), and what it asks for."""

    path: str
    old: str | None
    new: str | None
    change: Change
    place: Place | None = None
    note: str = ""


class CostLine(Value):
    """One part of the cost: its formula with the numbers in it, and the price with its source and date.

    ``quantity`` is how many of its ``unit`` the likely amount is for; None where it has no such.
    """

    what: Literal["training", "validation", "grader", "evaluation", "judge", "hosting", "storage"]
    usd: Interval
    formula: str
    source: str
    sure: Literal["high", "medium", "low"]
    as_of: date | None = None
    quantity: float | None = None
    unit: Literal["tokens", "seconds"] = "tokens"


class Life(Value):
    """Until when a model can be trained and served (None: nobody has said), and by whom that is said."""

    trains_until: date | None
    serves_until: date | None
    for_whom: str
    source: str
    sure: Literal["high", "medium", "low"]
    as_of: date | None = None

    def days_from(self, day: date) -> int | None:
        """Days of useful life left on ``day``; None where no end is known."""
        return None if self.serves_until is None else (self.serves_until - day).days


class Verdict(Value):
    """What one rule of the project says of a plan; a rule that cannot be judged has failed."""

    rule: str
    level: Literal["advisory", "soft_mandatory", "hard_mandatory"]
    passed: bool
    message: str
    place: Place | None = None
    help: str | None = None


class Need(Value):
    """``count`` people of ``approvers`` (``person:NAME``, ``group:NAME``) must agree to one act of at most ``usd``."""

    act: Act
    usd: Decimal
    count: int
    approvers: tuple[str, ...]
    expires_seconds: float


class Plan(Value):
    """What applying a spec would do.

    ``fingerprint`` identifies what trains; ``digest`` everything that would be done (approvals bind to it), and
    ``bound`` is what it is made of, by name, so that a stale plan can say what moved. ``inputs`` are the files that the
    spec names, by the field that names them, as sha256 of what counts in them. ``observed_at`` and ``state`` (what the
    store said, or why it said nothing) are no part of the digest.
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
    changes: tuple[FieldChange, ...] = ()
    costs: tuple[CostLine, ...] = ()
    life: Life | None = None
    alternatives: tuple[str, ...] = ()
    policy: tuple[Verdict, ...] = ()
    needs: tuple[Need, ...] = ()
    team: str | None = None
    budget: str = ""
    state: str = ""
    inputs: dict[str, str] = {}
    bound: dict[str, str] = {}
    observed_at: datetime | None = None


class Unplanned(Value):
    """A spec that could not be planned, and why."""

    spec_path: str
    message: str
    findings: tuple[Diagnostic, ...]


class PlanSet(Value):
    """The plans of several specs; ``unchanged`` counts those that are left out because nothing would happen.

    ``notes`` say what a reader of all plans must know, such as rules that hold later.
    """

    format_version: Literal["1.0"] = "1.0"
    plans: tuple[Plan, ...]
    unplanned: tuple[Unplanned, ...] = ()
    drift: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unchanged: int = 0
    state: str = ""
    observed_at: datetime | None = None
    head: str = ""
    base: str = ""

    @property
    def worst_usd(self) -> float:
        """The most that all plans together may cost."""
        return sum(plan.usd.high for plan in self.plans)
