"""What runs cost: the estimate that they started with beside their bill, and whether the interval held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ftsdk.plan.value import Plan
from ftsdk.prices import Interval
from ftsdk.runs.bill import Bill, bill_at_end
from ftsdk.runs.value import ENDED
from ftsdk.spec import Project
from ftsdk.values import Value

if TYPE_CHECKING:
    from ftsdk.runs.store import Store
    from ftsdk.runs.value import RunRow

LABEL = "label:"


class RunCost(Value):
    """One run's money. ``actual`` is None while the run goes on; ``parts`` are what it is made of.

    ``billed`` are parts that the provider named the money of, ``guessed`` those that nobody could count.
    """

    run: str
    spec: str
    team: str
    month: str
    provider: str
    connection: str
    labels: dict[str, str] = {}
    estimate: Interval
    actual: float | None
    parts: dict[str, float] = {}
    billed: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()
    at: float

    @property
    def covered(self) -> bool | None:
        """Whether the bill was inside the interval, to the cent; None while there is none that was counted."""
        if self.actual is None or self.guessed:
            return None
        return self.estimate.low - 0.005 <= self.actual <= self.estimate.high + 0.005


def run_costs(store: Store, project: Project) -> tuple[RunCost, ...]:
    """The cost of every run, newest first; months begin in the zone of the run's team."""
    return tuple(_cost(row, store.plan(row.id), project) for row in store.runs())


def coverage(costs: Sequence[RunCost]) -> tuple[int, int]:
    """How many bills were inside their interval, and how many there are that were counted and not guessed."""
    judged = [cost.covered for cost in costs if cost.covered is not None]
    return sum(judged), len(judged)


def sums(costs: Sequence[RunCost], by: str) -> Mapping[str, dict[str, float]]:
    """Estimates (likely) and bills of runs that ended, added up, with how many bills were inside their interval.

    ``by`` is ``team``, ``month``, ``provider``, ``connection``, ``spec`` or ``label:KEY``.
    """
    groups: dict[str, list[RunCost]] = {}
    for cost in costs:
        groups.setdefault(_group(cost, by), []).append(cost)
    return {name: _sum(group) for name, group in groups.items()}


def _group(cost: RunCost, by: str) -> str:
    if by.startswith(LABEL):
        return cost.labels.get(by.removeprefix(LABEL), "no such label")
    return str(getattr(cost, by))


def _sum(costs: Sequence[RunCost]) -> dict[str, float]:
    ended = [cost for cost in costs if cost.actual is not None]
    covered, judged = coverage(costs)
    return {
        "estimate": sum(cost.estimate.likely for cost in ended),
        "actual": sum(cost.actual or 0.0 for cost in ended),
        "runs": len(costs),
        "ended": len(ended),
        "covered": covered,
        "judged": judged,
    }


def _cost(row: RunRow, plan: Plan, project: Project) -> RunCost:
    team = project.spec.teams.get(row.team or "")
    zone = ZoneInfo(team.time_zone if team else "UTC")
    connection = plan.spec.spec.connection
    declared = project.spec.connections.get(connection)
    bill = _bill(row, plan)
    return RunCost(
        run=row.id,
        spec=row.name,
        team=row.team or "no team",
        month=datetime.fromtimestamp(row.created_at, zone).strftime("%Y-%m"),
        provider=getattr(declared, "plugin", None) or (declared.type if declared else connection),
        connection=connection,
        labels=plan.spec.metadata.labels,
        estimate=plan.usd,
        actual=bill.usd if bill else None,
        parts=bill.parts if bill else {},
        billed=bill.billed if bill else (),
        guessed=bill.guessed if bill else (),
        at=row.created_at,
    )


def _bill(row: RunRow, plan: Plan) -> Bill | None:
    """The bill of a run that has ended; of one that ended before bills were kept, what can still be told."""
    if row.phase not in ENDED:
        return None
    if "bill" in row.data:
        return Bill.model_validate(row.data["bill"])
    return bill_at_end(plan, row.phase, row.data, row.updated_at)[0]
