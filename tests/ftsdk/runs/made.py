"""Plans and people for tests of the store: the example project's plan under any name, and a team that may approve."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from ftsdk.plan.value import Plan
from ftsdk.runs.approvals import Ask
from ftsdk.runs.people import People
from ftsdk.spec.people import Group, Person
from ftsdk.testing import workspace

PEOPLE = People(
    {
        "dana": Person(slack="U0000DANA", github="dana-d", oidc="sub-dana"),
        "omar": Person(slack="U0000OMAR", github="omar"),
        "lin": Person(github="lin"),
        "eve": Person(github="eve"),
    },
    {"leads": Group(people=("dana", "omar", "lin"))},
)


@cache
def _plan() -> Plan:
    with workspace() as ws:
        return ws.plan("specs/example.yaml")


def plan_of(name: str = "example", digest: str = "a" * 64) -> Plan:
    """The example's plan under another name or digest."""
    return _plan().model_copy(update={"name": name, "digest": f"sha256:{digest}"})


def ask(digest: str = "a" * 64, *, needed: int = 1, by: str = "slack:T1/U0000DANA", usd: str = "12.50") -> Ask:
    """An ask of Dana's that the leads decide on."""
    return Ask(
        digest=f"sha256:{digest}",
        act="start",
        name="example",
        usd=Decimal(usd),
        requested_by=by,
        needed=needed,
        approvers=("group:leads",),
    )
