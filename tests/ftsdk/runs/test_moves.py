"""Claims and transitions as rows: what a step writes is read back whole, and only by whom the lease allows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ftsdk.providers.base import Failure
from ftsdk.runs.database import Database
from ftsdk.runs.steps import metrics_of
from ftsdk.runs.store import LeaseLost, Store
from ftsdk.runs.value import RunRow
from ftsdk.trainers.contract import StepMetric
from tests.ftsdk.runs.made import plan_of


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    made = Store(Database(store_url, Path()))
    made.add_run(plan_of(), {"inputs": {}})
    yield made
    made.database.close()


def claimed(store: Store) -> RunRow:
    row = store.claim_due()
    assert row is not None
    return row


def test_a_transition_and_what_it_returns_are_what_the_row_says(store: Store) -> None:
    row = claimed(store)
    failure = Failure(owner="platform", message="it fell over", help="pick it up")
    store.request_pause(row.id)
    after = store.advance(row, "train", learnt={"job": "j1", "pair": (1, 2)}, failure=failure, wait=5.0)
    assert after == store.run(row.id)
    assert (after.data, after.failure) == ({"inputs": {}, "job": "j1", "pair": [1, 2]}, failure)
    assert (after.owner, after.pause_requested, after.fence) == (None, True, row.fence)


def test_events_of_one_transition_keep_their_order(store: Store) -> None:
    told: tuple[Any, ...] = tuple(
        ("message", f"{n}: 100% of {{now}} :me", {"n": n, "€": [None, "'"]}) for n in range(3)
    )
    store.advance(claimed(store), "train", events=told)
    store.advance(claimed(store), "train", events=told[:1])
    events = store.events("r1")
    assert [event.seq for event in events] == [1, 2, 3, 4]
    assert [(event.kind, event.text, event.data) for event in events] == [*told, told[0]]


def test_who_lost_the_lease_writes_nothing(store: Store) -> None:
    row = claimed(store)
    again = claimed(store)  # the same thread, whose last write never arrived
    with pytest.raises(LeaseLost):
        store.advance(row, "done", events=(("message", "late", {}),))
    assert (store.run(row.id).phase, store.events(row.id)) == ("check", ())
    assert store.advance(again, "upload").phase == "upload"


def test_a_training_that_diverged_and_a_provider_that_babbles_are_kept(store: Store) -> None:
    """A loss that is no number, and text that no database holds: the run goes on, and its events can be read."""
    step = StepMetric(step=1, steps=2, epoch=0.5, loss=float("nan"), seconds=0.1, at=1.0)
    babble = "half a \ud800 pair and a \0"
    row = claimed(store)
    store.add_event(row, "message", babble, {"said": babble})
    events: tuple[Any, ...] = (("metric", babble, {"metrics": [step.model_dump()]}),)
    store.advance(row, "train", learnt={"worst": float("-inf")}, events=events,
                  failure=Failure(owner="platform", message=babble, help="look"))  # fmt: skip
    assert store.run(row.id).data["worst"] == "-Infinity"
    first, second = store.events(row.id)
    assert first.text == second.text == "half a ? pair and a \ufffd"
    [kept] = metrics_of([second])
    assert kept.loss != kept.loss, "it is no number still"
