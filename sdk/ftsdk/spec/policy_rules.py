"""The forms that rules of a project's policy have."""

from typing import Annotated, Literal

from pydantic import Field

from ftsdk.spec.fields import Name, SpecValue, Text, Usd, source
from ftsdk.spec.people import Approvals

Level = Literal["advisory", "soft_mandatory", "hard_mandatory"]
Patterns = Annotated[tuple[Text, ...], Field(min_length=1, max_length=100)]
_LEVEL = "advisory warns, soft_mandatory may be overridden with a reason, hard_mandatory may not."
_HARD = source("a rule that somebody wrote down is meant")


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
