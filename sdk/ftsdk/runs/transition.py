"""What a phase is given and what it answers: the world outside a run, and the step that comes next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Protocol

from ftsdk.errors import Owner
from ftsdk.evals.serving import Proof
from ftsdk.evals.value import Comparison
from ftsdk.plan.value import Plan
from ftsdk.providers.base import Failure, JobResult, Provider
from ftsdk.registry.value import Resolved
from ftsdk.runs.value import EventKind, Phase

EventDraft = tuple[EventKind, str, dict[str, Any]]
Act = Callable[[float], dict[str, Any] | None]
TakeBack = Callable[[dict[str, Any], dict[str, Any]], bool]
Agreement = Literal["not needed", "agreed", "waiting", "refused"]


class Transition(NamedTuple):
    """Where a run goes next: what it learnt, what to tell, and how long to wait before looking again (seconds)."""

    phase: Phase
    learnt: dict[str, Any] = {}
    events: tuple[EventDraft, ...] = ()
    failure: Failure | None = None
    wait: float = 0.0


class World(Protocol):
    """What phases need from outside; the workspace hands in the real one, tests their own."""

    plan: Plan
    provider: Provider
    poll_seconds: float

    def effect(self, key: str, act: Act, take_back: TakeBack | None = None) -> dict[str, Any] | None:
        """Do ``act`` under ``key`` and remember its result; the intent is written first, so ``act`` must look up.

        ``act`` is told how long ago the intent was first written (seconds; 0.0 when just now), because a request of a
        process that died may still be on the wire. It answers None when it is too early to tell; then so does this.
        When the lease was lost meanwhile and another process has recorded a result, ``take_back`` is given what was
        done here and what is recorded, and says whether it undid anything.
        """
        ...

    def record(self, key: str, result: dict[str, Any]) -> None:
        """Replace what is recorded of an effect, so that whoever did it late knows what counts."""
        ...

    def audit(self, action: str, body: dict[str, Any]) -> None:
        """Write down something that was done outside."""
        ...

    def rows_wanted_by(self) -> str | None:
        """Another run that has sent, or is about to send, the same rows and has no job yet; None when there is none."""
        ...

    def evaluate(self, result: JobResult) -> Comparison:
        """Answer and grade the held-out rows under every arm; resumable."""
        ...

    def keep_metrics(self) -> None:
        """Store every step of the training."""
        ...

    def keep(self, comparison: Comparison) -> str:
        """Store a comparison; returns its key."""
        ...

    def kept(self, key: str) -> Comparison:
        """A stored comparison."""
        ...

    def moved(self) -> str | None:
        """What an approval rested on and has changed since, as a sentence; None when it still holds."""
        ...

    def agreement(self) -> Agreement:
        """Whether the people who must agree to the promotion did; asks them when nobody did yet."""
        ...

    def prove_serving(self) -> Proof:
        """Whether the served model answers as it was evaluated."""
        ...

    def promote(self, alias: str) -> Resolved:
        """Point the spec's alias at this run's model."""
        ...


def entered(phase: Phase, text: str) -> EventDraft:
    """The event of a run that goes into ``phase``."""
    return ("phase", text, {"phase": phase})


def failed(
    owner: Owner,
    message: str,
    help: str | None,
    learnt: dict[str, Any] | None = None,
    *,
    told: tuple[EventDraft, ...] = (),
) -> Transition:
    """The end of a run that cannot go on, with whose it is and the next step."""
    failure = Failure(owner=owner, message=message, help=help or "mend it and apply again")
    return Transition("failed", learnt or {}, (*told, ("failure", message, failure.model_dump())), failure)
