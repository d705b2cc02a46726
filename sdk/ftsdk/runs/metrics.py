"""Prometheus metrics of a worker: what the store knows when it is asked, and what this process saw since it began."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Connection, func, select

from ftsdk.errors import ExtraMissing, FtsdkError, UsageError
from ftsdk.runs.budgets import Budget
from ftsdk.runs.database import Database
from ftsdk.runs.presence import living
from ftsdk.runs.tables import APPROVALS, AUDIT, EFFECTS, LIVE, RUNS
from ftsdk.runs.value import PHASES
from ftsdk.runs.watching import Call, Step

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import GaugeMetricFamily

STEP_SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)
CALL_SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


class Metrics:
    """The metrics of one worker, and a server that tells them.

    ``budgets`` says where the teams stand in their months. Raises ExtraMissing without prometheus-client.
    """

    def __init__(self, database: Database, budgets: Callable[[], tuple[Budget, ...]]) -> None:
        try:
            from prometheus_client import CollectorRegistry, Counter, Histogram
        except ImportError:
            raise ExtraMissing("prometheus-client", "metrics") from None
        self.registry: CollectorRegistry = CollectorRegistry()
        self._steps = Histogram("ftsdk_tick_seconds", "Seconds that steps of runs took", ("phase", "outcome"),
                                buckets=STEP_SECONDS, registry=self.registry)  # fmt: skip
        self._lost = Counter("ftsdk_leases_lost", "Steps whose lease another process took", registry=self.registry)
        self._calls = Histogram("ftsdk_provider_call_seconds", "Seconds that calls of providers took",
                                ("connection", "call", "outcome"), buckets=CALL_SECONDS,
                                registry=self.registry)  # fmt: skip
        self.registry.register(_OfStore(database, budgets))

    def stepped(self, step: Step) -> None:
        """Count a step: it moved on, stayed, failed, or lost its lease."""
        if step.after is None:
            self._lost.inc()
            outcome = "lease_lost"
        elif step.after.phase == "failed":
            outcome = "failed"
        else:
            outcome = "stayed" if step.after.phase == step.before.phase else "moved"
        self._steps.labels(step.before.phase, outcome).observe(step.seconds)

    def called(self, call: Call) -> None:
        """Count a call."""
        self._calls.labels(call.connection, call.name, call.outcome).observe(call.seconds)

    def serve(self, address: str) -> tuple[str, Callable[[], None]]:
        """Answer scrapes at HOST:PORT from now on; returns where, and what ends it. UsageError when that cannot be."""
        from prometheus_client import start_http_server

        host, _, port = address.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65535:
            raise UsageError(f"{address!r} is no HOST:PORT", help="for example 127.0.0.1:9464")
        try:
            server, thread = start_http_server(int(port), host.strip("[]"), self.registry)
        except OSError as error:
            raise UsageError(f"cannot listen at {address}: {error.strerror}", help="another port?") from error

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return f"http://{host}:{server.server_port}/metrics", stop


class _OfStore:
    """What is read from the store for every scrape, so that any worker tells the same; a store that is away says so."""

    def __init__(self, database: Database, budgets: Callable[[], tuple[Budget, ...]]) -> None:
        self._database = database
        self._budgets = budgets

    def collect(self) -> Iterator[Any]:
        """Every family; only ``ftsdk_store_up`` while the store does not answer."""
        from prometheus_client.core import CounterMetricFamily

        up = _gauge("ftsdk_store_up", "1 when the store answered")
        try:
            found = [*self._rows(CounterMetricFamily), *self._people(), self._money()]
        except FtsdkError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from found

    def _rows(self, counter: Any) -> Iterator[Any]:
        database = self._database
        with database.read() as connection:
            by_phase = _counted(connection, RUNS.c.phase)
            free = select(func.min(RUNS.c.due_at) - database.now).where(
                LIVE, RUNS.c.owner.is_(None), RUNS.c.pause_requested == 0
            )
            late = -float(connection.execute(free).scalar() or 0.0)
            by_state = _counted(connection, EFFECTS.c.state)
            extra = select(func.count()).where(AUDIT.c.action == "duplicate.cancelled")
            cancelled = connection.execute(extra).scalar_one()
        runs = _gauge("ftsdk_runs", "Runs by the phase that they are in", "phase")
        for phase in PHASES:
            runs.add_metric([phase], by_phase.get(phase, 0))
        overdue = _gauge("ftsdk_overdue_seconds", "How long the run that is due for longest has waited for a worker")
        overdue.add_metric([], max(0.0, late))
        effects = _gauge("ftsdk_effects", "Paid or visible acts by how far they are", "state")
        for state in ("intent", "done"):
            effects.add_metric([state], by_state.get(state, 0))
        duplicates = counter("ftsdk_duplicates_cancelled", "Extra jobs that were found and cancelled")
        duplicates.add_metric([], cancelled)
        yield from (runs, overdue, effects, duplicates)

    def _people(self) -> Iterator[Any]:
        workers = _gauge("ftsdk_workers", "Processes that drive runs, by kind", "kind")
        kinds = [worker.kind for worker in living(self._database)]
        for kind in sorted(set(kinds)):
            workers.add_metric([kind], kinds.count(kind))
        asked = _gauge("ftsdk_approvals_open", "What waits for somebody to agree")
        open_ = (APPROVALS.c.state == "open") & (APPROVALS.c.expires_at > self._database.now)
        with self._database.read() as connection:
            asked.add_metric([], connection.execute(select(func.count()).where(open_)).scalar_one())
        yield from (workers, asked)

    def _money(self) -> GaugeMetricFamily:
        money = _gauge("ftsdk_budget_usd", "US dollars of a team in its month", "team", "month", "is")
        for budget in self._budgets():
            for name in ("held", "spent", "limit"):
                amount = getattr(budget, name)
                if amount is not None:
                    money.add_metric([budget.team, budget.month, name], float(amount))
        return money


def _counted(connection: Connection, column: Column[Any]) -> dict[str, int]:
    """How many rows have each value of a column."""
    query = select(column, func.count()).group_by(column)
    return {str(value): int(count) for value, count in connection.execute(query)}


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(name, text, labels=labels)
