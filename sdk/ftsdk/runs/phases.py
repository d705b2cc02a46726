"""One step of a run: its phase, as a function of the row and the world, says what comes next."""

from __future__ import annotations

from collections.abc import Callable

from ftsdk.runs.job_phases import (
    check,
    collect,
    converge,
    create,
    deploy,
    has_own_deployment,
    overdue,
    tear_down,
    too_long,
    train,
    upload,
)
from ftsdk.runs.proof_phases import await_approval, evaluate, gate, promote
from ftsdk.runs.transition import Transition, World
from ftsdk.runs.value import Phase, RunRow

PHASE_STEPS: dict[Phase, Callable[[RunRow, World], Transition]] = {
    "check": check,
    "upload": upload,
    "create": create,
    "converge": converge,
    "train": train,
    "collect": collect,
    "deploy": deploy,
    "evaluate": evaluate,
    "gate": gate,
    "await_approval": await_approval,
    "promote": promote,
    "tear_down": tear_down,
}

# Where a job may exist that must be stopped first; everywhere else a run can end at once.
HOLD_A_JOB: frozenset[Phase] = frozenset({"create", "converge", "train"})


def step(row: RunRow, world: World) -> Transition:
    """One step of one run. Raises FtsdkError when the phase cannot go on."""
    if row.phase not in HOLD_A_JOB | {"tear_down"}:
        if row.cancel_requested:
            text = "cancelled before the next phase"
            return Transition("cancelled", events=(("phase", text, {"phase": "cancelled"}),))
        if overdue(row, world):
            return too_long(world)
    return PHASE_STEPS[row.phase](row, world)


def after_tear_down(row: RunRow, transition: Transition) -> Transition:
    """The transition; through ``tear_down`` first when a run ends badly and leaves a deployment that costs."""
    ends_badly = transition.phase in ("failed", "cancelled") and row.phase != "tear_down"
    if not ends_badly or not has_own_deployment(row):
        return transition
    return transition._replace(phase="tear_down", learnt={**transition.learnt, "ends_as": transition.phase})
