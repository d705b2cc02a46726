"""The budget ledger: money of a team and month, held when a run is created and settled once when it ends."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from sqlalchemy import Connection, and_, delete, func, select, text, update

from ftsdk.errors import BudgetStop
from ftsdk.plan.teams import ALL_TEAMS, Hold
from ftsdk.runs.database import Database
from ftsdk.runs.tables import BUDGETS, RESERVATIONS
from ftsdk.values import Value

MICRO = Decimal(1_000_000)


class Budget(Value):
    """A team's money in one month: held for runs that go on, spent by those that ended (US dollars).

    ``limit`` is the month's ceiling, None where there is none; the team ``*`` is all of them together.
    """

    team: str
    month: str
    held: Decimal
    spent: Decimal
    limit: Decimal | None = None


def micro(usd: Decimal | float) -> int:
    """Dollars as whole micro-dollars, rounded up: a reservation never holds less than it says."""
    return int((Decimal(str(usd)) * MICRO).to_integral_value(ROUND_CEILING))


def dollars(amount: int) -> Decimal:
    """Micro-dollars as dollars."""
    return Decimal(amount) / MICRO


def reserve(connection: Connection, run: int, wanted: Hold) -> None:
    """Hold a run's money in the transaction that creates it.

    Raises BudgetStop when held + spent + wanted would pass the limit; the condition is part of the update, so that of
    many that race exactly as many win as there is money for.
    """
    where = and_(BUDGETS.c.team == wanted.team, BUDGETS.c.month == wanted.month)
    connection.execute(
        text("INSERT INTO budgets (team, month, held, spent) VALUES (:team, :month, 0, 0) ON CONFLICT DO NOTHING"),
        {"team": wanted.team, "month": wanted.month},
    )
    amount = micro(wanted.usd)
    room = where
    if wanted.limit is not None:
        room = and_(where, BUDGETS.c.held + BUDGETS.c.spent + amount <= micro(wanted.limit))
    if connection.execute(update(BUDGETS).where(room).values(held=BUDGETS.c.held + amount)).rowcount != 1:
        row = connection.execute(select(BUDGETS).where(where)).one()
        whose = "all teams together have" if wanted.team == ALL_TEAMS else f"team {wanted.team} has"
        raise BudgetStop(
            f"{whose} ${dollars(row.spent):.2f} spent and ${dollars(row.held):.2f} held of its "
            f"${wanted.limit:.2f} for {wanted.month}; ${wanted.usd:.2f} more does not fit. Nothing was started",
            help="wait for runs that hold money, raise the team's budget in ftsdk.yaml, or make the run cheaper",
        )
    # A run that is retried holds money again; what it spent before stays spent in its month.
    connection.execute(delete(RESERVATIONS).where(RESERVATIONS.c.run == run, RESERVATIONS.c.team == wanted.team))
    connection.execute(
        RESERVATIONS.insert().values(run=run, team=wanted.team, month=wanted.month, held=amount, spent=None)
    )


def settle(connection: Connection, run: int, usd: Decimal) -> None:
    """Turn what a run holds into what it spent; a hold that was settled before is left alone."""
    amount = micro(usd)
    open_ = and_(RESERVATIONS.c.run == run, RESERVATIONS.c.spent.is_(None))
    for hold in connection.execute(select(RESERVATIONS).where(open_)).all():
        connection.execute(
            update(BUDGETS)
            .where(BUDGETS.c.team == hold.team, BUDGETS.c.month == hold.month)
            .values(held=BUDGETS.c.held - hold.held, spent=BUDGETS.c.spent + amount)
        )
    connection.execute(update(RESERVATIONS).where(open_).values(spent=amount))


def budget(database: Database, team: str, month: str, limit: Decimal | None = None) -> Budget:
    """Where a team stands in a month (``2026-11``), beside its ceiling."""
    query = select(func.coalesce(func.sum(BUDGETS.c.held), 0), func.coalesce(func.sum(BUDGETS.c.spent), 0))
    with database.read() as connection:
        held, spent = connection.execute(query.where(BUDGETS.c.team == team, BUDGETS.c.month == month)).one()
    return Budget(team=team, month=month, held=dollars(int(held)), spent=dollars(int(spent)), limit=limit)
