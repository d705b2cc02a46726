"""Slack's rate limits: tiers by method, and about one message a second in a channel."""

from __future__ import annotations

from collections import defaultdict, deque
from math import ceil

from ftbot.screens.lint.limits import TABLE

# The least that a tier grants a minute; Slack tolerates more, which nobody should count on.
PER_MINUTE = {"T1": 1, "T2": 20, "T3": 50, "T4": 100}
POSTS_AT_ONCE = 10  # of one channel: "bursts tolerated", size undocumented
POST_WINDOW = 10.0


class Rates:
    """Calls of the last minute by method, posts of the last seconds by channel."""

    def __init__(self) -> None:
        self._calls: dict[str, deque[float]] = defaultdict(deque)

    def refuse(self, method: str, channel: str, now: float) -> int | None:
        """Seconds to wait when this call is one too many; otherwise it is counted and None comes back."""
        if method == "chat.postMessage":
            return self._count(f"post {channel}", POSTS_AT_ONCE, POST_WINDOW, now)
        tier = str(TABLE["rate"].get(method, ""))[:2]
        most = PER_MINUTE.get(tier)
        if most is None:
            return None
        # Connections are opened a few at once when an app starts; one a minute is what is granted after that.
        return self._count(method, 10 if tier == "T1" else most, 60.0, now)

    def _count(self, key: str, most: int, window: float, now: float) -> int | None:
        calls = self._calls[key]
        while calls and calls[0] <= now - window:
            calls.popleft()
        if len(calls) >= most:
            return max(1, ceil(calls[0] + window - now))
        calls.append(now)
        return None
