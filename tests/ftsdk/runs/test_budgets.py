"""The budget ledger: held in the transaction that creates a run, settled once, and never passed by many that race."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ftsdk.errors import BudgetStop
from ftsdk.plan import Hold, holds
from ftsdk.runs.budgets import budget
from ftsdk.runs.database import Database
from ftsdk.runs.store import Store
from ftsdk.spec.model import Project
from tests.ftsdk.runs.made import plan_of

MONTH = "2026-11"


def hold(usd: str, limit: str | None = "100") -> Hold:
    """Money of the search team in November."""
    return Hold(team="search", month=MONTH, usd=Decimal(usd), limit=None if limit is None else Decimal(limit))


def end(store: Store, run: str, usd: str) -> None:
    """Bring a run to its end, having spent so much."""
    claimed = store.claim(run)
    assert claimed is not None
    store.advance(claimed, "failed", spent=Decimal(usd))


def test_twenty_racing_runs_on_a_budget_for_ten_are_exactly_ten(database: Database) -> None:
    store = Store(database)

    def start(number: int) -> bool:
        try:
            store.add_run(plan_of(f"spec-{number}"), {}, holds=(hold("10"),))
        except BudgetStop:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(start, range(20))) == 10
    assert len(store.runs()) == 10, "a run that found no money was never there"
    assert budget(database, "search", MONTH).held == 100


def test_a_run_settles_what_it_spent_and_frees_the_rest(database: Database) -> None:
    store = Store(database)
    run, _new = store.add_run(plan_of(), {}, holds=(hold("60"),))
    end(store, run.id, "12.345678")
    left = budget(database, "search", MONTH)
    assert (left.held, left.spent) == (0, Decimal("12.345678"))
    store.add_run(plan_of("other"), {}, holds=(hold("87.65"),))


def test_money_that_does_not_reach_is_one_sentence_with_the_figures(database: Database) -> None:
    store = Store(database)
    store.add_run(plan_of(), {}, holds=(hold("60"),))
    with pytest.raises(BudgetStop, match=r"\$0.00 spent and \$60.00 held of its \$100.00 for 2026-11; \$60.00 more"):
        store.add_run(plan_of("other"), {}, holds=(hold("60"),))


def test_applying_twice_holds_once(database: Database) -> None:
    store = Store(database)
    first, new = store.add_run(plan_of(), {}, holds=(hold("60"),))
    again, also_new = store.add_run(plan_of(), {}, holds=(hold("60"),))
    assert (first.id, new, also_new) == (again.id, True, False)
    assert budget(database, "search", MONTH).held == 60


def test_a_retried_run_holds_again_and_what_it_spent_stays_spent(database: Database) -> None:
    store = Store(database)
    run, _new = store.add_run(plan_of(), {"inputs": {}}, holds=(hold("60"),))
    end(store, run.id, "30")
    with pytest.raises(BudgetStop):
        store.retry(run.id, "check", holds=(hold("80"),))
    assert store.run(run.id).phase == "failed", "nothing was changed"
    store.retry(run.id, "check", holds=(hold("60"),))
    end(store, run.id, "5")
    assert budget(database, "search", MONTH).spent == 35


def test_without_a_limit_the_ledger_still_counts(database: Database) -> None:
    store = Store(database)
    store.add_run(plan_of(), {}, holds=(hold("1000000", None),))
    assert budget(database, "search", MONTH).held == 1_000_000


TEAM = {
    "paths": ["specs/**"],
    "budget": {"usd_per_month": 500.0, "usd_per_run": 50.0},
    "time_zone": "Pacific/Auckland",
}
PROJECT = {"spec": {"teams": {"search": TEAM}, "budget": {"usd_per_month": 2000.0}}}


def test_a_teams_month_begins_in_its_own_zone() -> None:
    """11:30 UTC on the last of November is already December in Auckland; its runs are of that month in both ledgers."""
    project = Project.model_validate_json(json.dumps(PROJECT))
    found = holds("search", Decimal(10), project, datetime(2026, 11, 30, 11, 30, tzinfo=UTC))
    assert [(one.team, one.month, one.limit) for one in found] == [("search", "2026-12", 500), ("*", "2026-12", 2000)]


def test_a_run_above_the_teams_ceiling_is_refused_before_anything_is_held() -> None:
    project = Project.model_validate_json(json.dumps(PROJECT))
    with pytest.raises(BudgetStop, match=r"may cost \$50.01, and a run of team search may cost \$50.00"):
        holds("search", Decimal("50.01"), project, datetime.now(UTC))
