"""What a worker shows of itself while it works: every step and every call of a provider, told to whoever watches."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, Protocol

from ftsdk.errors import FtsdkError, ProviderUnavailable
from ftsdk.providers.base import Provider
from ftsdk.runs.value import RunRow

# The calls that reach a provider; the rest of the protocol is answered on this machine.
CALLS = (
    "check", "upload", "create", "find", "poll", "cancel", "resume", "result", "deploy", "undeploy", "delete",
)  # fmt: skip


class Step(NamedTuple):
    """One step of a run: where it was, where it is (None: the lease was lost meanwhile), and how many seconds."""

    before: RunRow
    after: RunRow | None
    seconds: float


class Call(NamedTuple):
    """One call of a provider; ``outcome`` is ok, unavailable (tried again later), refused or unforeseen."""

    connection: str
    name: str
    outcome: str
    seconds: float


class Watcher(Protocol):
    """Whoever wants to know; must not raise, and is called from many threads."""

    def stepped(self, step: Step) -> None:
        """A run made a step."""
        ...

    def called(self, call: Call) -> None:
        """A provider was called."""
        ...


class Watchers:
    """Several watchers as one; none at all is the usual case."""

    def __init__(self, *watchers: Watcher) -> None:
        self._watchers = watchers

    def stepped(self, step: Step) -> None:
        """Tell all of a step."""
        for watcher in self._watchers:
            watcher.stepped(step)

    def called(self, call: Call) -> None:
        """Tell all of a call."""
        for watcher in self._watchers:
            watcher.called(call)


def watched(provider: Provider, connection: str, called: Callable[[Call], None]) -> Provider:
    """The same provider, each of whose calls is told; what it offers beyond the protocol stays on offer."""
    face = copy.copy(provider)
    for name in CALLS:
        if hasattr(provider, name):
            setattr(face, name, _told(getattr(provider, name), connection, name, called))
    return face


def _told(act: Callable[..., Any], connection: str, name: str, called: Callable[[Call], None]) -> Callable[..., Any]:
    @wraps(act)
    def told(*given: Any, **named: Any) -> Any:
        began, outcome = time.monotonic(), "unforeseen"
        try:
            answer = act(*given, **named)
            outcome = "ok"
        except ProviderUnavailable:
            outcome = "unavailable"
            raise
        except FtsdkError:
            outcome = "refused"
            raise
        finally:
            called(Call(connection, name, outcome, time.monotonic() - began))
        return answer

    return told
