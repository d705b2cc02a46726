"""A run as a Python value: look at it, watch it, wait for it, stop it; whoever watches also drives."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Generator
from typing import Any

from ftsdk.errors import (
    BudgetStop,
    FtsdkError,
    GateFailed,
    NoVerdict,
    PlanStale,
    RunCancelled,
    RunFailed,
    StoreUnreachable,
)
from ftsdk.evals.value import Comparison
from ftsdk.plan.value import Plan
from ftsdk.runs.artefacts import Artefacts
from ftsdk.runs.comparisons import read_comparison
from ftsdk.runs.people import this_actor
from ftsdk.runs.presence import living, present
from ftsdk.runs.reconcile import WorldOf, drive
from ftsdk.runs.steps import metrics_of
from ftsdk.runs.store import Store
from ftsdk.runs.value import ENDED, Event, RunRow
from ftsdk.trainers.contract import StepMetric

LOOK_SECONDS = 0.05

OUTCOMES: dict[str, type[FtsdkError]] = {
    "gate_failed": GateFailed,
    "no_verdict": NoVerdict,
    "stale": PlanStale,
    "budget": BudgetStop,
}


class Run:
    """One durable execution of a plan. Everything is read from the store, so two processes see the same."""

    def __init__(self, store: Store, artefacts: Artefacts, run: str, world_of: WorldOf) -> None:
        self.id = run
        self._store = store
        self._artefacts = artefacts
        self._world_of = world_of

    @property
    def row(self) -> RunRow:
        """Where the run is, now."""
        return self._store.run(self.id)

    @property
    def plan(self) -> Plan:
        """What the run executes."""
        return self._store.plan(self.id)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.row.phase in ENDED

    @property
    def comparison(self) -> Comparison | None:
        """The comparison, once there is one."""
        key = self.row.data.get("comparison")
        return read_comparison(self._artefacts, key) if key else None

    @property
    def metrics(self) -> tuple[StepMetric, ...]:
        """Every optimiser step so far; a step repeated after a crash is counted once."""
        return metrics_of(self.events())

    def events(self, after: int = 0) -> tuple[Event, ...]:
        """What happened, in order."""
        return self._store.events(self.id, after)

    def cancel(self, actor: str | None = None) -> bool:
        """Ask for the run to be stopped; it ends when the provider says that the job has. False when it has ended."""
        return self._store.request_cancel(self.id, actor or this_actor())

    def pause(self, actor: str | None = None) -> bool:
        """Ask the run to stand still; a job is stopped with its checkpoint where its provider can go on with it later.

        False when the run has ended or is paused already.
        """
        return self._store.request_pause(self.id, actor or this_actor())

    def resume(self, actor: str | None = None) -> bool:
        """Let a paused run go on; False when it is not paused."""
        return self._store.request_resume(self.id, actor or this_actor())

    @property
    def driven(self) -> bool:
        """Whether a process that drives runs has given a sign of life lately."""
        return bool(living(self._store.database))

    def watch(self, after: int = 0) -> Generator[Event, None, None]:
        """Yield events until the run has ended, driving it meanwhile unless another process does.

        Leaving the loop early leaves the run where it is; watching again goes on from there.
        """
        stop = threading.Event()
        broke: list[BaseException] = []
        driver = threading.Thread(target=self._drive, args=(stop, broke), name=f"drive-{self.id}", daemon=True)
        driver.start()
        try:
            while True:
                alive = driver.is_alive()  # asked before reading, so that the last events are read after the end
                for event in self._events_if_any(after, alive):
                    after = event.seq
                    yield event
                if not alive:
                    break
                time.sleep(LOOK_SECONDS)
        finally:
            stop.set()
        if broke:
            raise broke[0]

    def _events_if_any(self, after: int, alive: bool) -> tuple[Event, ...]:
        """Events, none while the store is away and whoever drives waits for it."""
        try:
            return self.events(after)
        except StoreUnreachable:
            if alive:
                return ()
            raise

    def _drive(self, stop: threading.Event, broke: list[BaseException]) -> None:
        try:
            with present(self._store.database, "attach"):
                drive(self._store, self.id, self._world_of, stop)
        except BaseException as error:  # noqa: BLE001  handed to whoever watches
            broke.append(error)

    def wait(self) -> Run:
        """Drive the run to its end and return it; `error` then says whether it went well."""
        for _event in self.watch():
            continue
        return self

    async def wait_async(self) -> Run:
        """`wait`, without blocking the event loop."""
        return await asyncio.to_thread(self.wait)

    async def watch_async(self) -> AsyncIterator[Event]:
        """`watch`, without blocking the event loop."""
        events = self.watch()
        try:
            while (event := await asyncio.to_thread(next, events, None)) is not None:
                yield event
        finally:
            events.close()

    @property
    def error(self) -> FtsdkError | None:
        """Why the run ended badly, as an error with its exit code; None while it runs and when it is done."""
        row = self.row
        if row.phase == "cancelled":
            return RunCancelled(f"run {row.id} of {row.name} was cancelled", help="apply the spec again to go on")
        if row.phase != "failed" or row.failure is None:
            return None
        kind = OUTCOMES.get(str(row.data.get("outcome")), RunFailed)
        return kind(row.failure.message, help=row.failure.help, owner=row.failure.owner)

    def __rich__(self) -> Any:
        return self.row.__rich__()

    def _repr_html_(self) -> str:
        return self.row._repr_html_()

    def __repr__(self) -> str:
        row = self.row
        return f"<Run {row.id} of {row.name}: {row.phase}>"
