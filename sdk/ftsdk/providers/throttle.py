"""One connection's manners: everybody waits when the service says wait, and tries again less and less often."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

ATTEMPTS = 6
FIRST_WAIT, LONGEST_WAIT = 0.5, 20.0
PATIENCE = 120.0  # a service that asks for more is told to the caller instead


class Throttle:
    """Shared by all calls of a connection in this process; ``clock`` is in seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open_at = 0.0

    def hold(self, seconds: float) -> None:
        """Nobody asks for so long; a longer hold stays."""
        with self._lock:
            self._open_at = max(self._open_at, self._clock() + seconds)

    def wait(self) -> float:
        """Seconds until asking is allowed again; 0 now."""
        with self._lock:
            return max(0.0, self._open_at - self._clock())


def backoff(attempt: int, asked: float | None) -> float | None:
    """Seconds to wait after failure number ``attempt`` (from 1); None when it is time to give up.

    ``asked`` is the service's Retry-After; a tenth is added at random so that callers do not come back together.
    """
    if attempt >= ATTEMPTS or (asked or 0.0) > PATIENCE:
        return None
    wait = asked if asked is not None else min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1))
    return wait * (1 + random.random() / 10)
