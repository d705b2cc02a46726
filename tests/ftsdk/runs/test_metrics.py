"""What a worker tells Prometheus over HTTP: what the store knows, and what this process saw."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from ftsdk.errors import ProviderError, ProviderUnavailable, UsageError
from ftsdk.providers.base import Resumable
from ftsdk.runs.metrics import Metrics
from ftsdk.runs.watching import Call, Step, watched
from ftsdk.testing import ScriptedProvider, workspace
from ftsdk.workspace import Workspace
from tests.ftsdk.runs.made import plan_of

pytest.importorskip("prometheus_client")
PROJECT = """\
apiVersion: ftsdk/v1
kind: Project
spec:
  teams: {sums: {paths: ['specs/**'], budget: {usd_per_month: 500.0}}}
"""

Scrape = Callable[[], dict[str, float]]


@pytest.fixture
def project() -> Iterator[Workspace]:
    with workspace(files={"ftsdk.yaml": PROJECT}) as ws:
        yield ws


@pytest.fixture
def metrics(project: Workspace) -> Metrics:
    return Metrics(project.database, project.budgets)


@pytest.fixture
def scrape(metrics: Metrics) -> Iterator[Scrape]:
    """What a scrape finds, by name with labels."""
    where, stop = metrics.serve("127.0.0.1:0")

    def scraped() -> dict[str, float]:
        with urlopen(where, timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}

    yield scraped
    stop()


def work_until(project: Workspace, metrics: Metrics, done: Callable[[], bool]) -> None:
    """A worker of one thread, until something holds."""
    stop = threading.Event()
    worker = project.worker(threads=1, say=pytest.fail, watchers=[metrics])
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    deadline = time.monotonic() + 120
    while not done() and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    thread.join()
    assert done()


def test_a_run_that_a_worker_drove_shows_in_a_scrape(project: Workspace, metrics: Metrics, scrape: Scrape) -> None:
    run = project.apply("specs/example.yaml")
    before = scrape()
    assert (before['ftsdk_runs{phase="check"}'], before["ftsdk_store_up"]) == (1, 1)
    assert before["ftsdk_overdue_seconds"] >= 0
    seen: list[dict[str, float]] = []

    def done() -> bool:
        seen.append(scrape())
        return run.ended

    work_until(project, metrics, done)
    after = scrape()
    assert (after['ftsdk_runs{phase="done"}'], after['ftsdk_runs{phase="check"}']) == (1, 0)
    assert after['ftsdk_effects{state="done"}'] >= 2, "a create and a promotion"
    assert after['ftsdk_effects{state="intent"}'] == 0
    assert after['ftsdk_tick_seconds_count{outcome="moved",phase="create"}'] == 1
    assert after['ftsdk_tick_seconds_sum{outcome="moved",phase="create"}'] > 0
    assert after['ftsdk_provider_call_seconds_count{call="create",connection="local",outcome="ok"}'] == 1
    assert after["ftsdk_leases_lost_total"] == after["ftsdk_duplicates_cancelled_total"] == 0
    limit = [value for name, value in after.items() if 'is="limit"' in name and 'team="sums"' in name]
    assert limit == [500.0]
    assert any(found.get('ftsdk_workers{kind="worker"}') == 1 for found in seen)


def test_a_lost_lease_and_a_failure_are_counted(project: Workspace, metrics: Metrics, scrape: Scrape) -> None:
    row, _new = project.store.add_run(plan_of(), {})
    metrics.stepped(Step(row, None, 0.2))
    metrics.stepped(Step(row, row.model_copy(update={"phase": "failed"}), 0.2))
    found = scrape()
    assert found["ftsdk_leases_lost_total"] == 1
    assert found['ftsdk_tick_seconds_count{outcome="lease_lost",phase="check"}'] == 1
    assert found['ftsdk_tick_seconds_count{outcome="failed",phase="check"}'] == 1


def test_a_store_that_is_away_is_told_and_ends_no_scrape(
    project: Workspace, metrics: Metrics, scrape: Scrape, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert scrape()["ftsdk_store_up"] == 1
    project.close()
    (project.root / ".ftsdk/state.db").rename(project.root / "moved.db")
    (project.root / ".ftsdk/state.db").write_bytes(b"no database" * 400)
    found = scrape()
    assert found["ftsdk_store_up"] == 0
    assert not any(name.startswith("ftsdk_runs{") for name in found)


@pytest.mark.parametrize("address", ["9464", "localhost:", "localhost:http", "127.0.0.1:99999"])
def test_an_address_of_another_form_is_one_sentence(metrics: Metrics, address: str) -> None:
    with pytest.raises(UsageError, match="is no HOST:PORT"):
        metrics.serve(address)


def test_a_port_that_is_taken_is_one_sentence(metrics: Metrics) -> None:
    where, stop = metrics.serve("127.0.0.1:0")
    with pytest.raises(UsageError, match="cannot listen at"):
        metrics.serve(where.removeprefix("http://").removesuffix("/metrics"))
    stop()


@pytest.mark.parametrize(
    ("raised", "outcome"),
    [
        (ProviderUnavailable("later"), "unavailable"), (ProviderError("no"), "refused"),
        (ZeroDivisionError(), "unforeseen"),
    ],
)  # fmt: skip
def test_each_call_of_a_provider_is_told_with_how_it_went(
    raised: Exception, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Call] = []
    provider = ScriptedProvider()

    def refuse(_key: str) -> tuple[str, ...]:
        raise raised

    monkeypatch.setattr(provider, "find", refuse)
    face = watched(provider, "local", told.append)
    with pytest.raises(type(raised)):
        face.find("k")
    face.capabilities("smollm2-135m-instruct")
    assert [(call.connection, call.name, call.outcome) for call in told] == [("local", "find", outcome)]
    assert isinstance(face, Resumable) == isinstance(provider, Resumable), "what is optional stays on offer"
    assert provider.find is refuse, "the provider itself is as it was"


def test_metrics_are_told_of_a_directory_that_never_had_a_run(tmp_path: Path) -> None:
    (tmp_path / "ftsdk.yaml").write_text(PROJECT)
    empty = Workspace(tmp_path)
    collected = {family.name: family for family in Metrics(empty.database, empty.budgets).registry.collect()}
    assert sum(sample.value for sample in collected["ftsdk_runs"].samples) == 0
    empty.close()
