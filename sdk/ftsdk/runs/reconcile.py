"""Driving runs: claim a lease, keep it alive, do one step, write the transition; level-triggered, safe to do twice."""

from __future__ import annotations

import errno
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ftsdk.errors import FtsdkError
from ftsdk.runs.lease import LEASE_SECONDS
from ftsdk.runs.phases import Transition, World, failed, step
from ftsdk.runs.store import LeaseLost, Store
from ftsdk.runs.value import ENDED, EventKind, RunRow

RETRY_SECONDS = 0.1

WorldOf = Callable[[RunRow, "Leased"], World]


class Leased:
    """A run under this process's lease: what a phase may write while it works."""

    def __init__(self, store: Store, row: RunRow) -> None:
        self.store = store
        self.row = row

    def tell(self, kind: EventKind, text: str, data: dict[str, Any]) -> None:
        """Record an event now, in the middle of a phase."""
        self.store.add_event(self.row, kind, text, data)

    def effect(self, key: str, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Intent, act, record; a recorded effect is returned and not done again."""
        known = self.store.effect(self.row, key)
        if known is not None:
            return known
        self.store.renew(self.row)  # right before the side effect, so that a stopped process cannot act late
        result = act()
        self.store.effect_done(self.row, key, result)
        return result


def tick(store: Store, run: str, world_of: WorldOf) -> RunRow | None:
    """One step of one run; None when there was nothing for this process to do."""
    row = store.claim(run)
    if row is None:
        return None
    leased = Leased(store, row)
    try:
        with _heartbeat(store, row):
            transition = _guarded(row, leased, world_of)
        return store.advance(
            row,
            transition.phase,
            learnt=transition.learnt,
            events=transition.events,
            failure=transition.failure,
            wait=transition.wait,
        )
    except LeaseLost:
        return None


def drive(store: Store, run: str, world_of: WorldOf, stop: threading.Event) -> None:
    """Tick one run until it has ended or ``stop`` is set."""
    while not stop.is_set():
        row = tick(store, run, world_of)
        if (row or store.run(run)).phase in ENDED:
            return
        if row is None:
            stop.wait(RETRY_SECONDS)


def _guarded(row: RunRow, leased: Leased, world_of: WorldOf) -> Transition:
    try:
        return step(row, world_of(row, leased))
    except LeaseLost:
        raise
    except FtsdkError as error:
        return failed(error.owner, error.message, error.help)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
            return _unforeseen(row)
        return failed("platform", f"{row.phase}: {error.strerror}: {error.filename}", "mend that and apply again")
    except MemoryError:
        return failed("platform", f"{row.phase}: this machine ran out of memory", "close something and apply again")
    except Exception:  # noqa: BLE001  a run must end in a row, whatever a phase raises
        return _unforeseen(row)


def _unforeseen(row: RunRow) -> Transition:
    transition = failed(
        "platform",
        f"{row.phase}: something nobody foresaw: {traceback.format_exc(limit=1).splitlines()[-1]}",
        "the trace is in the run's events (`ft status RUN --format json`); please report it",
    )
    trace: tuple[EventKind, str, dict[str, Any]] = ("message", "trace", {"trace": traceback.format_exc()})
    return transition._replace(events=(trace, *transition.events))


@contextmanager
def _heartbeat(store: Store, row: RunRow) -> Iterator[None]:
    """Renew the lease while a phase works; a lost lease shows at the next write."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(LEASE_SECONDS / 3):
            try:
                store.renew(row)
            except (LeaseLost, FtsdkError):
                return

    thread = threading.Thread(target=beat, name=f"heartbeat-{row.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
