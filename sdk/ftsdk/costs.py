"""What runs cost: the estimate that they started with beside what was billed, and whether the interval held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ftsdk.catalogue import billing
from ftsdk.plan.value import Plan
from ftsdk.prices import Interval
from ftsdk.runs.value import ENDED
from ftsdk.spec import Project
from ftsdk.values import Value

if TYPE_CHECKING:
    from ftsdk.runs.store import Store
    from ftsdk.runs.value import RunRow


class RunCost(Value):
    """One run's money. ``actual`` is None while it is not known; ``billed`` when the provider said it itself."""

    run: str
    spec: str
    team: str
    month: str
    connection: str
    estimate: Interval
    actual: float | None
    billed: bool
    at: float

    @property
    def covered(self) -> bool | None:
        """Whether the bill was inside the interval, to the cent; None while there is no bill."""
        if self.actual is None:
            return None
        return self.estimate.low - 0.005 <= self.actual <= self.estimate.high + 0.005


def run_costs(store: Store, project: Project) -> tuple[RunCost, ...]:
    """The cost of every run, newest first; months begin in the zone of the run's team."""
    return tuple(_cost(row, store.plan(row.id), project) for row in store.runs())


def coverage(costs: Sequence[RunCost]) -> tuple[int, int]:
    """How many bills were inside their interval, and how many bills there are."""
    judged = [cost.covered for cost in costs if cost.covered is not None]
    return sum(judged), len(judged)


def sums(costs: Sequence[RunCost], by: str) -> Mapping[str, dict[str, float]]:
    """Estimates (likely) and bills added up by ``team``, ``month``, ``connection`` or ``spec``."""
    found: dict[str, dict[str, float]] = {}
    for cost in costs:
        entry = found.setdefault(getattr(cost, by), {"estimate": 0.0, "actual": 0.0, "runs": 0})
        entry["estimate"] += cost.estimate.likely
        entry["actual"] += cost.actual or 0.0
        entry["runs"] += 1
    return found


def _cost(row: RunRow, plan: Plan, project: Project) -> RunCost:
    team = project.spec.teams.get(row.team or "")
    zone = ZoneInfo(team.time_zone if team else "UTC")
    declared = project.spec.connections.get(plan.spec.spec.connection)
    _low, epochs, _high = billing(declared.type if declared else "local").default_epochs
    usd, billed = next(_bills(row, plan, epochs), (None, False))
    return RunCost(
        run=row.id,
        spec=row.name,
        team=row.team or "no team",
        month=datetime.fromtimestamp(row.created_at, zone).strftime("%Y-%m"),
        connection=plan.spec.spec.connection,
        estimate=plan.usd,
        actual=usd,
        billed=billed,
        at=row.created_at,
    )


def _bills(row: RunRow, plan: Plan, default_epochs: int) -> Iterator[tuple[float, bool]]:
    """What the provider says, else what the tokens that it billed cost at the plan's price, else nothing yet."""
    told = row.data.get("so_far", {})
    if told.get("billed") and row.phase in ENDED:
        yield float(told["usd"]), True
    training = next((line for line in plan.costs if line.what == "training"), None)
    tokens = plan.ledger.input * (plan.order.epochs or default_epochs)
    result = row.data.get("result")
    if result is not None and training is not None and tokens:
        rest = plan.usd.likely - training.usd.likely
        yield training.usd.likely * result["tokens"] / tokens + rest, False
    if plan.usd.high == 0 and row.phase in ENDED:
        yield 0.0, False
