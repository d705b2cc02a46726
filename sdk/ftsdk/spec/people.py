"""Who may do what: people, groups, teams, and how many of them must agree."""

from typing import Annotated

from pydantic import Field

from ftsdk.spec.fields import Address, Approver, Duration, Name, Says, SpecValue, Text, source
from ftsdk.spec.policy import Ceiling

Patterns = Annotated[tuple[Text, ...], Field(min_length=1, max_length=100)]


class Person(SpecValue):
    """One human and the accounts that are theirs; approvals count people, not accounts."""

    slack: Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{4,20}$"), Says("a Slack user id such as U01ABCDEF")] | None = (
        Field(None, description="Slack user id; cannot act in Slack when absent.")
    )
    github: Annotated[str, Field(pattern=r"^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$"), Says("a GitHub login")] | None = Field(
        None, description="GitHub login; cannot act there when absent."
    )
    oidc: Text | None = Field(
        None, description="What spec.oidc.claim says in their tokens; cannot act with one when absent."
    )


class Oidc(SpecValue):
    """Whose tokens prove at a terminal who somebody is."""

    issuer: Address = Field(description="The issuer's own name for itself, to the letter; its keys are found below it.")
    audience: Text = Field(
        "ftsdk",
        description="Whom a token must be made for.",
        json_schema_extra=source("a token made for somebody else proves nothing here"),
    )
    claim: Text = Field(
        "sub", description="Which claim names the person.", json_schema_extra=source("OpenID Connect Core, section 2")
    )


class Group(SpecValue):
    """People who may approve together."""

    people: tuple[Name, ...] = Field((), max_length=200, description="Names of people of this file.")
    slack_group: (
        Annotated[str, Field(pattern=r"^S[A-Z0-9]{4,20}$"), Says("a Slack user group id such as S01ABCDEF")] | None
    ) = Field(None, description="Slack user group whose members count too; none when absent.")


class Team(SpecValue):
    """Who owns which specs, and what they may spend."""

    paths: Patterns = Field(description="Specs of this team, as patterns from the root.")
    owners: tuple[Approver, ...] = Field((), max_length=50, description="group:NAME or person:NAME; nobody when empty.")
    budget: Ceiling = Field(Ceiling.model_construct(), description="What the team may spend.")
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
