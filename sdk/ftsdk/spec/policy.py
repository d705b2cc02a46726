"""Who may do what, for how much: people, groups, teams, budgets and the rules of a project."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ftsdk.spec.fields import Approver, Duration, Name, Says, SpecValue, Text, Usd, source

Level = Literal["advisory", "soft_mandatory", "hard_mandatory"]
Patterns = Annotated[tuple[Text, ...], Field(min_length=1, max_length=100)]
_LEVEL = "advisory warns, soft_mandatory may be overridden with a reason, hard_mandatory may not."
_HARD = source("a rule that somebody wrote down is meant")


class Person(SpecValue):
    """One human and the accounts that are theirs; approvals count people, not accounts."""

    slack: Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{4,20}$"), Says("a Slack user id such as U01ABCDEF")] | None = (
        Field(None, description="Slack user id; cannot act in Slack when absent.")
    )
    github: Annotated[str, Field(pattern=r"^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$"), Says("a GitHub login")] | None = Field(
        None, description="GitHub login; cannot act there when absent."
    )
    oidc: Text | None = Field(None, description="OIDC subject; cannot act from a terminal when absent.")


class Group(SpecValue):
    """People who may approve together."""

    people: tuple[Name, ...] = Field((), max_length=200, description="Names of people of this file.")
    slack_group: (
        Annotated[str, Field(pattern=r"^S[A-Z0-9]{4,20}$"), Says("a Slack user group id such as S01ABCDEF")] | None
    ) = Field(None, description="Slack user group whose members count too; none when absent.")


class Ceiling(SpecValue):
    """How much may be spent."""

    usd_per_month: Usd | None = Field(None, description="Ceiling of a calendar month; none when absent.")
    usd_per_run: Usd | None = Field(None, description="Ceiling of one run; none when absent.")


class Team(SpecValue):
    """Who owns which specs, and what they may spend."""

    paths: Patterns = Field(description="Specs of this team, as patterns from the root.")
    owners: tuple[Approver, ...] = Field((), max_length=50, description="group:NAME or person:NAME; nobody when empty.")
    budget: Ceiling = Field(Ceiling(), description="What the team may spend.")
    time_zone: Text = Field(
        "UTC", description="Zone in which its months begin.", json_schema_extra=source("the same month for everybody")
    )


class Approvals(SpecValue):
    """How many people must agree; never the one who asks."""

    count: int = Field(1, ge=1, le=10, description="How many people.", json_schema_extra=source("four eyes"))
    from_: tuple[Approver, ...] = Field(
        (), alias="from", max_length=50, description="Who may approve; the team's owners when empty."
    )
    expires: Duration = Field(
        "72h", description="How long an approval holds.", json_schema_extra=source("a weekend fits in")
    )


class AllowedRule(SpecValue):
    """Only what a pattern allows."""

    allow: Patterns = Field(description="Names, or patterns with *.")
    level: Level = Field("hard_mandatory", description=_LEVEL, json_schema_extra=_HARD)


class MethodsRule(SpecValue):
    """Only these methods."""

    allow: tuple[Literal["sft", "dpo", "rft"], ...] = Field(
        min_length=1, max_length=3, description="Methods that may be used."
    )
    level: Level = Field("hard_mandatory", description=_LEVEL, json_schema_extra=_HARD)


class SwitchRule(SpecValue):
    """A rule that needs no number."""

    level: Level = Field("hard_mandatory", description=_LEVEL, json_schema_extra=_HARD)


class UsdRule(SpecValue):
    """At most so much."""

    usd: Usd = Field(description="Ceiling in US dollars.")
    level: Level = Field("hard_mandatory", description=_LEVEL, json_schema_extra=_HARD)


class DaysRule(SpecValue):
    """At least so many days."""

    days: int = Field(ge=1, le=3650, description="Least number of days.")
    level: Level = Field("hard_mandatory", description=_LEVEL, json_schema_extra=_HARD)


class RowsRule(SpecValue):
    """At least so many rows."""

    rows: int = Field(ge=1, le=10_000_000, description="Least number of rows.")
    level: Level = Field("hard_mandatory", description=_LEVEL, json_schema_extra=_HARD)


class PointsRule(SpecValue):
    """A test set that can show a gain of so many points."""

    points: float = Field(gt=0, le=100, description="Smallest gain, in points, that must be visible.")
    level: Level = Field("hard_mandatory", description=_LEVEL, json_schema_extra=_HARD)


class GatesRule(SpecValue):
    """Gates that a spec must have before it may move an alias."""

    aliases: tuple[Name, ...] = Field(
        ("production",),
        min_length=1,
        max_length=50,
        description="Aliases that are guarded.",
        json_schema_extra=source("the alias of every example"),
    )
    versus: Literal["base", "best_prompted"] | None = Field(
        None, description="A gate against this arm; any gate when absent."
    )
    level: Level = Field("hard_mandatory", description=_LEVEL, json_schema_extra=_HARD)


class ApprovalsRule(Approvals):
    """Approvals that a run needs."""

    above_usd: Usd | None = Field(None, description="Only of runs that may cost more; of all when absent.")
    level: Level = Field("hard_mandatory", description=_LEVEL, json_schema_extra=_HARD)


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
    priced: SwitchRule | None = Field(None, description="No run without a price; allowed when absent.")
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
