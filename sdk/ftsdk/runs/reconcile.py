"""Driving runs: claim a lease, keep it alive, do one step, write the transition; level-triggered, safe to do twice."""

from __future__ import annotations

import errno
import random
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ftsdk.errors import FtsdkError, ProviderUnavailable, StoreRefused, StoreUnreachable
from ftsdk.runs.bill import Bill, bill_at_end
from ftsdk.runs.lease import LEASE_SECONDS
from ftsdk.runs.phases import after_tear_down, step
from ftsdk.runs.spending import claimed_at
from ftsdk.runs.store import LeaseLost, Store
from ftsdk.runs.transition import Act, TakeBack, Transition, World, failed
from ftsdk.runs.value import ENDED, EventKind, RunRow
from ftsdk.runs.watching import Step, Watcher

RETRY_SECONDS = 0.1
TRIES = 20  # about an hour and a half of backing off
BACKOFF_SECONDS = 2.0
BACKOFF_LONGEST = 300.0

WorldOf = Callable[[RunRow, "Leased"], World]


class Leased:
    """A run under this process's lease: what a phase may write while it works."""

    def __init__(self, store: Store, row: RunRow) -> None:
        self.store = store
        self.row = row

    def tell(self, kind: EventKind, text: str, data: dict[str, Any]) -> None:
        """Record an event now, in the middle of a phase."""
        self.store.add_event(self.row, kind, text, data)

    def audit(self, action: str, body: dict[str, Any]) -> None:
        """Write down something that was done outside."""
        self.store.note(self.row, action, body)

    def effect(self, key: str, act: Act, take_back: TakeBack | None = None) -> dict[str, Any] | None:
        """Intent, act, record; a recorded effect is returned and not done again (see `World.effect`)."""
        known, age = self.store.intend(self.row, key)
        if known is not None:
            return known
        self.store.renew(self.row)  # right before the side effect, so that a stopped process cannot act late
        result = act(age)
        if result is not None:
            try:
                self.store.effect_done(self.row, key, result)
            except LeaseLost:
                self._acted_late(key, result, take_back)
                raise
        return result

    def record(self, key: str, result: dict[str, Any]) -> None:
        """Replace what is recorded of an effect."""
        self.store.effect_done(self.row, key, result)

    def _acted_late(self, key: str, result: dict[str, Any], take_back: TakeBack | None) -> None:
        """Undo what was done under a lost lease; while nothing is recorded, the new holder finds it by its key."""
        recorded = self.store.effect_result(key)
        if take_back is not None and recorded is not None and take_back(result, recorded):
            self.store.note_late(self.row, "duplicate.cancelled", {**result, "kept": recorded})


def tick(store: Store, run: str | None, world_of: WorldOf, watcher: Watcher | None = None) -> RunRow | None:
    """One step of one run, or of any run that is due; None when there was nothing for this process to do."""
    row = store.claim_due() if run is None else store.claim(run)
    if row is None:
        return None
    began = time.monotonic()
    after = _step(store, row, world_of)
    if watcher is not None:
        watcher.stepped(Step(row, after, time.monotonic() - began))
    return after


def _step(store: Store, row: RunRow, world_of: WorldOf) -> RunRow | None:
    """The row after its step; None when the lease was lost meanwhile."""
    leased = Leased(store, row)
    try:
        with _heartbeat(store, row):
            transition = after_tear_down(row, _guarded(row, leased, world_of))
        learnt = dict(transition.learnt)
        spent = Decimal(0)
        if transition.phase in ENDED:
            spent, told = _settled({**row.data, **learnt}, store, row)
            learnt |= told
        if "tries" in row.data and "tries" not in learnt:
            learnt["tries"] = 0
        return store.advance(
            row,
            transition.phase,
            learnt=learnt,
            events=transition.events,
            failure=transition.failure,
            wait=transition.wait,
            spent=spent,
        )
    except LeaseLost:
        return None


def drive(store: Store, run: str, world_of: WorldOf, stop: threading.Event) -> None:
    """Tick one run until it has ended or ``stop`` is set; a store that is away for a while is waited for."""
    away = 0
    while not stop.is_set():
        try:
            row = tick(store, run, world_of)
            if (row or store.run(run)).phase in ENDED:
                return
            away = 0
        except StoreUnreachable:
            away += 1
            if away > TRIES:
                raise
            row = None
            stop.wait(_backoff(away, None) - RETRY_SECONDS)
        if row is None:
            stop.wait(RETRY_SECONDS)


def _settled(data: dict[str, Any], store: Store, row: RunRow) -> tuple[Decimal, dict[str, Any]]:
    """What a run that ends has cost since it last ended, and what it remembers of its bill."""
    bill, learnt = bill_at_end(store.plan(row.id), row.phase, data, claimed_at(row))
    settled = Bill.model_validate(data.get("bill", {})).usd
    return Decimal(str(max(0.0, round(bill.usd - settled, 6)))), learnt


def _guarded(row: RunRow, leased: Leased, world_of: WorldOf) -> Transition:
    try:
        return step(row, world_of(row, leased))
    except (LeaseLost, StoreUnreachable, StoreRefused):
        raise  # what the store did not take can be done again; an end that it takes later would forget a job
    except ProviderUnavailable as error:
        return _again_later(row, error)
    except FtsdkError as error:
        return failed(error.owner, error.message, error.help)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES):
            return _unforeseen(row)
        return failed("platform", f"{row.phase}: {error.strerror}: {error.filename}", "mend that and apply again")
    except MemoryError:
        return failed("platform", f"{row.phase}: this machine ran out of memory", "close something and apply again")
    except Exception:  # noqa: BLE001  a run must end in a row, whatever a phase raises
        return _unforeseen(row)


def _again_later(row: RunRow, error: ProviderUnavailable) -> Transition:
    tries = int(row.data.get("tries", 0)) + 1
    if tries > TRIES:
        return failed(error.owner, f"{row.phase}: gave up after {TRIES} tries: {error.message}", error.help)
    wait = _backoff(tries, error.retry_after)
    text = f"{row.phase}: {error.message}; try {tries + 1} in {wait:.0f} s"
    return Transition(row.phase, {"tries": tries}, (("message", text, {}),), wait=wait)


def _backoff(tries: int, asked: float | None) -> float:
    """Twice as long each time, up to five minutes, with jitter, so that many do not come back together."""
    if asked is not None:
        return min(asked, BACKOFF_LONGEST) + random.random()
    return min(BACKOFF_SECONDS * 2.0 ** (tries - 1), BACKOFF_LONGEST) * (0.5 + random.random() / 2)


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
            except LeaseLost:
                return
            except FtsdkError:
                continue  # a store that is away for a while may be back before the lease is over

    thread = threading.Thread(target=beat, name=f"heartbeat-{row.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
