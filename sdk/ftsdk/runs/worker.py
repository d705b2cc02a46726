"""A worker: drives whatever run is due; APScheduler says when to look, the store says what there is to do."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from ftsdk.errors import FtsdkError
from ftsdk.runs.presence import BEAT_SECONDS, beat, claim_slot, leave
from ftsdk.runs.reconcile import Leased, WorldOf, tick
from ftsdk.runs.store import Store
from ftsdk.runs.transition import World
from ftsdk.runs.value import RunRow
from ftsdk.runs.watching import Watcher, Watchers, watched

TICK_SECONDS = 2.0
DEAD_SECONDS = 5.0
DUTY_SECONDS = 60.0

Say = Callable[[str], None]
Duties = Mapping[str, tuple[str, Callable[[], None]]]


class Worker:
    """Ticks in ``threads`` threads; any number of workers may run beside each other on one store.

    ``duties`` are done once in a period by one of all workers: name -> (period as ``strftime`` writes it, what to do).
    ``say`` is told in one sentence what went wrong; a worker goes on whatever goes wrong. ``watchers`` are told of
    every step and of every call of a provider.
    """

    def __init__(
        self,
        store: Store,
        world_of: WorldOf,
        *,
        kind: str,
        threads: int = 4,
        duties: Duties | None = None,
        say: Say,
        watchers: Sequence[Watcher] = (),
    ) -> None:
        self._store = store
        self._inner_world_of = world_of
        self._watcher = Watchers(*watchers)
        self._kind = kind
        self._threads = threads
        self._duties = duties or {}
        self._say = say

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set; a step that is under way is finished first.

        Raises StateLocked when the store is an SQLite file that another host uses.
        """
        from apscheduler.schedulers.background import BackgroundScheduler

        beat(self._store.database, self._kind)
        # Memory only: what is true is in the store, and a shared job store fires every slot once a process.
        clock = BackgroundScheduler(
            logger=_only_errors(),
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            executors={"default": {"type": "threadpool", "max_workers": self._threads + 2}},
        )
        for number in range(self._threads):
            clock.add_job(self._guarded(self._work), "interval", seconds=TICK_SECONDS, id=f"tick-{number}",
                          next_run_time=datetime.now(UTC))  # fmt: skip
        beating = self._guarded(lambda: beat(self._store.database, self._kind))
        clock.add_job(beating, "interval", seconds=BEAT_SECONDS, id="beat")
        clock.add_job(self._guarded(self._free), "interval", seconds=DEAD_SECONDS, id="free")
        clock.add_job(self._guarded(self._do_duties), "interval", seconds=DUTY_SECONDS, id="duties")
        clock.start()
        try:
            stop.wait()
        finally:
            clock.shutdown(wait=True)
            self._guarded(lambda: leave(self._store.database))()

    def _work(self) -> None:
        while tick(self._store, None, self._world_of, self._watcher) is not None:
            continue

    def _world_of(self, row: RunRow, leased: Leased) -> World:
        world = self._inner_world_of(row, leased)
        world.provider = watched(world.provider, world.plan.spec.spec.connection, self._watcher.called)
        return world

    def _free(self) -> None:
        self._store.free_of_dead()

    def _do_duties(self) -> None:
        now = datetime.now(UTC)
        for name, (period, act) in self._duties.items():
            if claim_slot(self._store.database, name, now.strftime(period)):
                act()

    def _guarded(self, act: Callable[[], None]) -> Callable[[], None]:
        def guarded() -> None:
            try:
                act()
            except FtsdkError as error:
                self._say(str(error))

        return guarded


def _only_errors() -> logging.Logger:
    """A step that lasts longer than a tick is usual here, and no reason for the clock to warn."""
    logger = logging.getLogger("ftsdk.clock")
    logger.setLevel(logging.ERROR)
    return logger
