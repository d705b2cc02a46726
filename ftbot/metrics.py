"""What the process counts, and how it stands, as Prometheus reads it; counters begin anew with the process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

# name -> what it counts. A name that is not here is a mistake, found by its first use.
COUNTERS: Mapping[str, str] = {
    "requests_total": "requests written down",
    "requests_repeated_total": "deliveries of a request that had come before",
    "requests_failed_total": "attempts at a request that failed",
    "messages_sent_total": "messages posted or edited",
    "messages_rate_limited_total": "calls that Slack answered with 429",
    "messages_simplified_total": "messages that Slack took only in a simpler form",
    "messages_refused_total": "messages that Slack refused for good",
    "messages_lost_total": "calls whose answer was lost",
}
GAUGES: Mapping[str, str] = {
    "inbox_open": "requests that are not done",
    "outbox_open": "messages that are not sent",
    "outbox_lag_seconds": "how long the oldest due message has been waiting",
}


class Counts:
    """Counters of one process."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))

    def add(self, name: str) -> None:
        """Count one; KeyError for a name that is none of `COUNTERS`."""
        if name not in COUNTERS:
            raise KeyError(name)
        self._counts[name] += 1

    def text(self, gauges: Mapping[str, float]) -> str:
        """Everything in the text format of Prometheus."""
        lines = [line for name in COUNTERS for line in _sample(name, COUNTERS[name], "counter", self._counts[name])]
        lines += [line for name, value in gauges.items() for line in _sample(name, GAUGES[name], "gauge", value)]
        return "\n".join(lines) + "\n"


def _sample(name: str, help: str, kind: str, value: float) -> tuple[str, str, str]:
    return f"# HELP ftbot_{name} {help}", f"# TYPE ftbot_{name} {kind}", f"ftbot_{name} {value:g}"
