"""Runs survive kill -9 at any moment, on either database: each has one job, one promotion, and its money settled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PostgresServer
from tests.crash.storm import (
    agree,
    provider_server,
    sleep_through_the_lease,
    stop_in_training,
    storm,
    sweep,
    two_stores,
)
from tests.loopback_server import USD_A_JOB

pytestmark = [pytest.mark.crash, pytest.mark.timeout(900)]

KEPT = ("done", "promotions", "deployments", "most_live_of_a_run", "held", "spent", "settled", "audit_whole")
AT_LEAST = 130  # boundaries; a sweep that finds fewer does not see what it is for


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A provider whose lists show new jobs 20 ms late."""
    with provider_server(late=0.02, lose=0.0, slow=0.0, seed=1) as found:
        yield found


def kept(outcome: dict[str, Any]) -> dict[str, Any]:
    """What of an outcome must never differ, whatever was killed."""
    assert outcome["held_at_first"] > 0, "runs hold money, or there is nothing to settle"
    return {name: outcome[name] for name in KEPT} | {"failures": len(outcome["failures"])}


def must_hold(runs: int, done: int | None = None) -> dict[str, Any]:
    """Every run done, promoted, deployed and paid once; of those that fail, the job is paid and nothing is served."""
    done = runs if done is None else done
    usd = pytest.approx(runs * USD_A_JOB)
    money = {"held": 0, "spent": usd, "settled": usd}
    failures = 0 if done == runs else 1
    served = {"done": done, "promotions": done, "deployments": done}
    return {**served, **money, "most_live_of_a_run": 1, "audit_whole": True, "failures": failures}


def test_a_death_at_any_boundary_costs_nothing(tmp_path: Path, store_url: str, port: int) -> None:
    """Around every write, commit, request and kept file, from the apply to the promotion: a run for each."""
    outcome = sweep(tmp_path, store_url, port)
    assert outcome["boundaries"] >= AT_LEAST
    assert kept(outcome) == must_hold(outcome["runs"])
    assert outcome["jobs_created"] == outcome["deployments_started"] == outcome["runs"]


def test_a_death_while_a_deployment_is_torn_down_costs_nothing(tmp_path: Path, store_url: str, port: int) -> None:
    """The way of a run whose gate fails, from where its job is deployed: nothing is promoted or left running."""
    outcome = sweep(tmp_path, store_url, port, passes=False, first=80)
    assert outcome["boundaries"] >= 25
    assert kept(outcome) == must_hold(outcome["runs"], done=0)
    assert outcome["jobs_created"] == outcome["deployments_started"] == outcome["runs"]


def test_a_death_while_people_agree_to_a_promotion_costs_nothing(tmp_path: Path, store_url: str, port: int) -> None:
    """From where the gate has passed: asked, agreed to, promoted, each once."""
    outcome = sweep(tmp_path, store_url, port, first=85, meanwhile=agree)
    assert outcome["boundaries"] >= 40
    assert kept(outcome) == must_hold(outcome["runs"])
    assert outcome["jobs_created"] == outcome["deployments_started"] == outcome["runs"]


def test_a_death_while_a_run_is_cancelled_leaves_no_job_and_no_money_held(
    tmp_path: Path, store_url: str, port: int
) -> None:
    """From where the job is created: however often it dies, the job ends cancelled and what is held comes back."""
    outcome = sweep(tmp_path, store_url, port, first=40, meanwhile=stop_in_training)
    assert outcome["boundaries"] >= 10
    assert (outcome["done"], outcome["promotions"], outcome["deployments"], outcome["jobs_live"]) == (0, 0, 0, 0)
    assert outcome["jobs_created"] == outcome["runs"]
    assert (outcome["held"], outcome["audit_whole"]) == (0, True)
    assert outcome["spent"] == outcome["settled"]


def test_a_storm_of_kills_over_three_replicas_buys_nothing_twice(tmp_path: Path, store_url: str) -> None:
    """A seeded tenth of `make storm`; one create in ten is carried out and its answer lost, lists are late."""
    with provider_server(late=0.05, lose=0.1, slow=0.4, seed=7) as port:
        outcome = storm(tmp_path, store_url, port, kills=50, specs=20, seed=7)
    assert kept(outcome) == must_hold(20)
    assert outcome["kills"] >= 25, "a fast machine may be done before the last kill"


def test_replicas_stopped_past_their_lease_leave_one_live_job_a_run(tmp_path: Path, store_url: str) -> None:
    """SIGSTOP for longer than the lease, then SIGCONT: what a sleeper did too late is found and cancelled."""
    with provider_server(late=0.05, lose=0.0, slow=0.0, seed=3) as port:
        outcome = storm(tmp_path, store_url, port, kills=4, stops=10, specs=8, seed=3)
    assert kept(outcome) == must_hold(8)
    assert outcome["stops"] >= 1


@pytest.mark.parametrize(
    ("where", "jobs", "cancelled"),
    [("before GET /jobs?key", 1, 0), ("before POST /jobs", 2, 1), ("after POST /jobs", 1, 0)],
)
def test_a_sleeper_that_wakes_after_the_end_takes_back_what_it_bought(
    tmp_path: Path, store_url: str, port: int, where: str, jobs: int, cancelled: int
) -> None:
    """Stopped at the worst moments of a create: who wakes up with a second job cancels it, and the audit says so."""
    outcome = sleep_through_the_lease(tmp_path, store_url, port, where)
    assert kept(outcome) == must_hold(1)
    assert (outcome["jobs_created"], outcome["duplicates_cancelled"]) == (jobs, cancelled)


def test_without_looking_first_the_same_deaths_buy_jobs_twice(tmp_path: Path, port: int) -> None:
    """What proves that the tests above can fail: a client that never finds its own job creates another."""
    outcome = sweep(tmp_path, "sqlite:///state.db", port, adopts=False, first=30, most=42)
    assert outcome["jobs_created"] > outcome["runs"]
    assert outcome["most_live_of_a_run"] == 2


@pytest.mark.parametrize("at_once", [False, True])
def test_two_stores_that_do_not_know_each_other_share_one_job(tmp_path: Path, port: int, at_once: bool) -> None:
    """The key comes from the spec and what trains, not from a row: one job lives, whoever asks first.

    At the same moment neither may see the other's job before it has asked for its own: both then keep the older one.
    """
    roots = (tmp_path / "one", tmp_path / "other")
    for outcome in two_stores(roots, ("sqlite:///state.db", "sqlite:///state.db"), port, at_once=at_once):
        assert (outcome["done"], outcome["promotions"], outcome["failures"]) == (1, 1, [])
        assert (outcome["jobs_live"], outcome["audit_whole"]) == (1, True)
    assert at_once or (outcome["jobs_created"], outcome["adopted"]) == (1, 1)


def test_an_sqlite_and_a_postgresql_store_share_one_job(tmp_path: Path, port: int, postgres: PostgresServer) -> None:
    roots, urls = (tmp_path / "one", tmp_path / "other"), (postgres.fresh(), "sqlite:///s.db")
    outcomes = two_stores(roots, urls, port, at_once=True)
    assert [(one["done"], one["jobs_live"], one["failures"]) for one in outcomes] == [(1, 1, []), (1, 1, [])]
