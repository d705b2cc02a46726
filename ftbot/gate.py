"""The gate before Bolt: size, time stamp and signature of the raw bytes, before anything is parsed; no replays."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ftbot.screens.lint.limits import limit

MOST_BYTES = 1024 * 1024
WINDOW = limit("time", "signature_window_s")
REMEMBERED_SECONDS = 2 * WINDOW
REMEMBERED = 100_000


class Verdict(NamedTuple):
    """An HTTP status and why, in words that hold nothing of the request."""

    status: int
    reason: str


PASSED = Verdict(200, "")
REPLAYED = Verdict(200, "replayed")


class Gate:
    """Lets through what Slack signed, once; ``clock`` is Unix seconds."""

    def __init__(self, signing_secret: str, clock: Callable[[], float] = time.time) -> None:
        self._secret = signing_secret.encode()
        self._clock = clock
        self._seen: OrderedDict[str, float] = OrderedDict()

    def check(self, headers: Mapping[str, str], body: bytes) -> Verdict:
        """PASSED, REPLAYED, or the status to refuse with."""
        if len(body) > MOST_BYTES:
            return Verdict(413, "too large")
        stamp, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
        if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
            return Verdict(401, "no time stamp")
        if abs(self._clock() - int(stamp)) > WINDOW:
            return Verdict(401, "stale time stamp")
        expected = "v0=" + hmac.new(self._secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        if not signature.isascii() or not hmac.compare_digest(expected, signature):
            return Verdict(401, "wrong signature")
        return self._once(signature)

    def forget(self, headers: Mapping[str, str]) -> None:
        """Let the same request pass again: it was not taken, and a retry within the second is signed alike."""
        self._seen.pop(headers.get("X-Slack-Signature", ""), None)

    def _once(self, signature: str) -> Verdict:
        """Remember a signature; across replicas it is the inbox's key that stops a second effect."""
        now = self._clock()
        while self._seen and (len(self._seen) >= REMEMBERED or next(iter(self._seen.values())) < now):
            self._seen.popitem(last=False)
        if signature in self._seen:
            return REPLAYED
        self._seen[signature] = now + REMEMBERED_SECONDS
        return PASSED
