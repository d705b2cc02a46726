"""How fast Slack lets us write: posts of one channel, edits of all; asked before a call, so that 429 stays rare."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import NamedTuple

# chat.postMessage: about one a second in a channel, short bursts tolerated. chat.update: tier 3, 50 a minute granted;
# 46 for progress leave room for final states, which do not wait for it. Cards plan with 40 (`ftbot.cards`), so that one
# that had to wait is not late ever after.
POSTS, POST_WINDOW = 4, 5.0
EDITS, URGENT_EDITS, EDIT_WINDOW = 46, 48, 60.0
CHANNELS = 2000  # remembered at most before quiet ones are forgotten


class Room(NamedTuple):
    """How many edits of progress, and how many of final states, may be made."""

    edits: int
    urgent: int


class Pace:
    """Sliding windows of this process; a pause that Slack asked for is kept by method and channel."""

    def __init__(self) -> None:
        self._times: dict[str, deque[float]] = defaultdict(deque)
        self._paused: dict[tuple[str, str], float] = {}

    def wait(self, method: str, channel: str, now: float, *, urgent: bool = False) -> float:
        """Seconds to wait before this call; 0 counts it as made."""
        paused = max(self._paused.get((method, channel), 0.0), self._paused.get((method, ""), 0.0)) - now
        if paused > 0:
            return paused
        if method == "chat.postMessage":
            return self._count(f"post {channel}", POSTS, POST_WINDOW, now)
        if method == "chat.update":
            return self._count("edit", URGENT_EDITS if urgent else EDITS, EDIT_WINDOW, now)
        return 0.0

    def room(self, now: float) -> Room:
        """How many edits may be made now."""
        if self._paused.get(("chat.update", ""), 0.0) > now:
            return Room(0, 0)
        made = sum(when > now - EDIT_WINDOW for when in self._times["edit"])
        return Room(max(0, EDITS - made), max(0, URGENT_EDITS - made))

    def pause(self, method: str, channel: str, seconds: float, now: float) -> None:
        """Slack said 429: posts rest in their channel, everything else everywhere."""
        self._paused[method, channel if method == "chat.postMessage" else ""] = now + seconds

    def _count(self, key: str, most: int, window: float, now: float) -> float:
        times = self._times[key]
        while times and times[0] <= now - window:
            times.popleft()
        if len(times) >= most:
            return times[0] + window - now
        times.append(now)
        if len(self._times) > CHANNELS:
            self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop channels that were quiet for a window, and pauses that are over."""
        self._times = defaultdict(
            deque, {k: times for k, times in self._times.items() if times[-1] > now - EDIT_WINDOW}
        )
        self._paused = {place: until for place, until in self._paused.items() if until > now}
