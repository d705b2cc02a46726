"""One connection's manners: asked as fast as the service lets in, all waiting when it says wait, then less often."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ftsdk.providers.allowance import Allowance, Left
from ftsdk.providers.pace import Pace

ATTEMPTS = 8
FIRST_WAIT, LONGEST_WAIT = 0.1, 20.0
PATIENCE = 120.0  # a service that asks for more is told to the caller instead


class Turn(NamedTuple):
    """Leave to ask question ``number`` now, or ``wait`` seconds to ask for leave again."""

    number: int
    at: float
    cuts: int
    wait: float = 0.0


class Throttle:
    """Shared by all calls of a connection in this process; ``clock`` is in seconds and never goes back.

    ``rate`` is what an earlier run learnt, in questions a second; ``keep`` takes what this one learns. ``answers``
    counts the questions that were answered.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        rate: float | None = None,
        keep: Callable[[float], None] | None = None,
    ) -> None:
        self.answers = 0
        self._keep = keep
        self._clock = clock
        self._lock = threading.Lock()
        self._open_at = 0.0
        self._asked = 0
        self._pace = Pace(clock(), rate)
        self._allowances: dict[str, Allowance] = {}

    def hold(self, seconds: float) -> None:
        """Nobody asks for so long; a longer hold stays."""
        with self._lock:
            self._open_at = max(self._open_at, self._clock() + seconds)

    def wait(self) -> float:
        """Seconds until asking is allowed again; 0 now."""
        with self._lock:
            return max(0.0, self._open_at - self._clock())

    def turn(self) -> Turn:
        """Leave to ask one question, counted; or how long to wait."""
        with self._lock:
            now = self._clock()
            waits = (allowance.wait(now, self._asked) for allowance in self._allowances.values())
            wait = max(self._open_at - now, self._pace.wait(now), *waits)
            if wait > 0:
                return Turn(0, now, 0, wait)
            self._asked += 1
            self._pace.asked(now)
            return Turn(self._asked, now, self._pace.cuts)

    def answered(self, turn: Turn, left: Iterable[Left] = ()) -> None:
        """A question was answered; ``left`` is what its headers say of the service's limits."""
        with self._lock:
            now = self._clock()
            self.answers += 1
            self._pace.answered()
            for one in left:
                known = self._allowances.setdefault(one.what, Allowance(one))
                known.heard(turn.number, turn.at, one, self._asked, now)

    def refused(self, turn: Turn, pause: float) -> None:
        """A question was refused for haste and is asked again after ``pause``."""
        with self._lock:
            now = self._clock()
            self._open_at = max(self._open_at, now + self._pace.refused(now, pause, turn.number, turn.at, turn.cuts))
            for allowance in self._allowances.values():
                allowance.refused(turn.number)

    def rate(self) -> float:
        """Questions a second that are asked at most now."""
        with self._lock:
            return self._pace.rate(self._clock())

    def rest(self) -> None:
        """Nobody asks for now: keep what was learnt."""
        with self._lock:
            rate = self._pace.learnt(self._clock())
        if rate is not None and self._keep is not None:
            self._keep(rate)


def backoff(attempt: int, asked: float | None, first: float | None = None) -> float | None:
    """Seconds to wait after failure number ``attempt`` (from 1); None when it is time to give up.

    ``asked`` is the service's Retry-After; a tenth is added at random so that callers do not come back together.
    """
    if attempt >= ATTEMPTS or (asked or 0.0) > PATIENCE:
        return None
    wait = asked if asked is not None else min(LONGEST_WAIT, (first or FIRST_WAIT) * 2 ** (attempt - 1))
    return wait * (1 + random.random() / 10)
