"""A run's rows as values: where it is, what happened, why it failed."""

from __future__ import annotations

from typing import Any, Literal, get_args

from ftsdk.providers.base import Failure
from ftsdk.values import Value

Phase = Literal[
    "check", "upload", "create", "converge", "train", "collect", "deploy", "evaluate", "gate", "await_approval",
    "promote", "tear_down", "done", "failed", "cancelled",
]  # fmt: skip
PHASES: tuple[Phase, ...] = get_args(Phase)
ENDED: frozenset[Phase] = frozenset({"done", "failed", "cancelled"})

EventKind = Literal["phase", "progress", "metric", "message", "failure"]


class Event(Value):
    """Something that happened to a run; ``seq`` counts from 1 in the run, ``at`` is Unix seconds by the database."""

    run: str
    seq: int
    at: float
    kind: EventKind
    text: str
    data: dict[str, Any] = {}

    def __str__(self) -> str:
        return f"{self.run} {self.kind}: {self.text}"


class RunRow(Value):
    """One durable execution of a plan, as stored.

    ``data`` is what phases have learnt (file id, job id, result, comparison key, alias); ``owner`` holds the lease
    until ``lease_until`` (database seconds) under ``fence``.
    """

    id: str
    name: str
    fingerprint: str
    digest: str
    phase: Phase
    data: dict[str, Any]
    failure: Failure | None
    created_at: float
    updated_at: float
    cancel_requested: bool
    pause_requested: bool
    requested_by: str | None
    team: str | None
    owner: str | None
    lease_until: float
    fence: int
