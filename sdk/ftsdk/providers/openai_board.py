"""The jobs of one account as they were last seen, so that a thousand runs do not ask a thousand times."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ftsdk.errors import ProviderError
from ftsdk.providers.calls import Calls, Refused
from ftsdk.providers.openai_jobs import ENDS, Native, state_of

if TYPE_CHECKING:
    from openai import OpenAI

PAGE = 100
FEW = 3  # so many jobs are asked for one by one; more are listed together
LATE_SECONDS = 900.0  # looks at one job grow rarer up to every five minutes; later than this nobody waits for it
SPARE_PAGES = 5  # lists also hold jobs that nobody here waits for


class Board:
    """What is known of the jobs that are looked at; ``fresh_seconds`` is how long a look holds for everybody."""

    def __init__(
        self, client: Callable[[], OpenAI], calls: Calls, name: str, fresh_seconds: float, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._calls = calls
        self._name = name
        self._fresh = fresh_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[float, Native]] = {}
        self._asked: dict[str, float] = {}

    def look(self, job: str) -> Native:
        """The job as it is, or was less than ``fresh_seconds`` ago; raises ProviderError when there is none."""
        with self._lock:
            now = self._clock()
            self._asked[job] = now
            known = self._current(job, now)
            if known is None:
                stale = {other for other in self._watched(now) if self._current(other, now) is None}
                if len(stale) > FEW:
                    self._list(stale, now)
                known = self._current(job, now) or self._retrieve(job, now)
            return known

    def forget(self, job: str) -> None:
        """Look anew next time: something was asked of the job."""
        with self._lock:
            self._seen.pop(job, None)

    def _current(self, job: str, now: float) -> Native | None:
        at, native = self._seen.get(job, (0.0, {}))
        return native if native and (now - at < self._fresh or state_of(native) in ENDS) else None

    def _watched(self, now: float) -> set[str]:
        """The jobs that somebody asked for of late and that had not ended when they were seen."""
        gone = [job for job, at in self._asked.items() if now - at > LATE_SECONDS]
        for job in gone:
            self._asked.pop(job)
            self._seen.pop(job, None)
        return {job for job in self._asked if job not in self._seen or state_of(self._seen[job][1]) not in ENDS}

    def _list(self, watched: set[str], now: float) -> None:
        left, pages = set(watched), len(watched) // PAGE + SPARE_PAGES
        after: dict[str, Any] = {}
        while left and pages:
            page = self._calls.read("list its jobs", partial(self._client().fine_tuning.jobs.list, limit=PAGE, **after))
            for job in page.data or ():
                if job.id in watched:
                    self._seen[job.id] = (now, job.to_dict(warnings=False))
                    left.discard(job.id)
            if not page.data or page.has_more is False:
                return
            after, pages = {"after": page.data[-1].id}, pages - 1

    def _retrieve(self, job: str, now: float) -> Native:
        try:
            found = self._calls.read(
                f"show the job {job}", lambda: self._client().fine_tuning.jobs.retrieve(job).to_dict(warnings=False)
            )
        except Refused as refused:
            raise unknown(job, self._name, refused) from None
        self._seen[job] = (now, found)
        return found


def unknown(job: str, name: str, refused: Refused) -> ProviderError:
    """The refusal, in our words where the job is not there."""
    if not refused.absent:
        return refused
    return ProviderError(
        f"no job {job!r} with the connection {name!r}",
        help="ft runs lists the runs and their jobs",
        owner="configuration",
    )
