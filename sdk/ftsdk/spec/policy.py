"""What a project allows: what may be spent, and the rules that plans must keep."""

from typing import TYPE_CHECKING

from pydantic import Field

from ftsdk.spec.fields import Approver, SpecValue, Usd, source
from ftsdk.spec.later import later

if TYPE_CHECKING:
    from ftsdk.spec.policy_rules import (
        AllowedRule,
        ApprovalsRule,
        DaysRule,
        GatesRule,
        MethodsRule,
        PointsRule,
        RowsRule,
        SwitchRule,
        UsdRule,
    )
else:
    AllowedRule = later("policy_rules", "AllowedRule")
    ApprovalsRule = later("policy_rules", "ApprovalsRule")
    DaysRule = later("policy_rules", "DaysRule")
    GatesRule = later("policy_rules", "GatesRule")
    MethodsRule = later("policy_rules", "MethodsRule")
    PointsRule = later("policy_rules", "PointsRule")
    RowsRule = later("policy_rules", "RowsRule")
    SwitchRule = later("policy_rules", "SwitchRule")
    UsdRule = later("policy_rules", "UsdRule")


class Ceiling(SpecValue):
    """How much may be spent."""

    usd_per_month: Usd | None = Field(None, description="Ceiling of a calendar month; none when absent.")
    usd_per_run: Usd | None = Field(None, description="Ceiling of one run; none when absent.")


class Policy(SpecValue):
    """Rules of the project; a rule that is absent does not hold."""

    connections: AllowedRule | None = Field(None, description="Connections that may train; all when absent.")
    models: AllowedRule | None = Field(None, description="Models that may be trained; all when absent.")
    methods: MethodsRule | None = Field(None, description="Methods that may be used; all when absent.")
    pinned_models: SwitchRule | None = Field(None, description="Models by a dated name only; any when absent.")
    max_usd_per_run: UsdRule | None = Field(None, description="Ceiling of one run; none when absent.")
    max_usd_per_month: UsdRule | None = Field(None, description="Ceiling of a month; none when absent.")
    min_life_days: DaysRule | None = Field(None, description="Life that a model must have left; any when absent.")
    required_gates: GatesRule | None = Field(None, description="Gates before an alias moves; none when absent.")
    min_test_rows: RowsRule | None = Field(None, description="Least test rows; any when absent.")
    min_power: PointsRule | None = Field(None, description="Gain that the test rows must show; any when absent.")
    pii: SwitchRule | None = Field(None, description="No personal data in training rows; allowed when absent.")
    leak_certificate: SwitchRule | None = Field(None, description="No evaluation without one; allowed when absent.")
    priced: SwitchRule | None = Field(
        None, description="No run without a price; refused when absent, advisory lets it through."
    )
    approvals: ApprovalsRule | None = Field(None, description="Approvals that runs need; none when absent.")
    overrides_from: tuple[Approver, ...] = Field(
        (), max_length=50, description="Who may override soft_mandatory rules; nobody when empty."
    )
    python_graders: bool = Field(
        False,
        description="Whether specs may name Python functions.",
        json_schema_extra=source("a spec's author is anybody who can open a pull request"),
    )
    github_reviews_approve: bool = Field(
        False,
        description="Whether an approving review of the head commit is an approval.",
        json_schema_extra=source("approval is asked for by name"),
    )
    local_identity: bool = Field(
        False,
        description="Whether this machine's user name is an identity (local stores only).",
        json_schema_extra=source("anybody can have any user name"),
    )
