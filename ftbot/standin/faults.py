"""What can go wrong between an app and Slack, planned by a test: each fault strikes one call of a method."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Literal

# drop_before: the connection breaks and nothing was done. drop_after: it was done, and the answer is lost.
Fault = Literal["rate_limited", "server_error", "bad_gateway", "drop_before", "drop_after"]


class Faults:
    """Faults in the order in which they strike, by method; ``retry_after`` is what a 429 asks for, in seconds."""

    def __init__(self) -> None:
        self.retry_after = 1
        self._planned: dict[str, deque[Fault]] = defaultdict(deque)

    def plan(self, method: str, *faults: Fault) -> None:
        """Let the next calls of ``method`` go wrong like this."""
        self._planned[method].extend(faults)

    def next(self, method: str) -> Fault | None:
        """The fault of this call."""
        planned = self._planned[method]
        return planned.popleft() if planned else None
