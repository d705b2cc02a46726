"""Going on with a run that ended badly: which phases it can go back to, and what it forgets on the way."""

from __future__ import annotations

from typing import Any

from ftsdk.errors import UsageError
from ftsdk.runs.value import Phase, RunRow

# What each phase leaves in a run's data; a retry forgets what the phase and those after it left.
LEARNT: dict[str, tuple[str, ...]] = {
    "upload": ("file",),
    "create": ("job", "cursor", "job_failed", "cancel_sent", "pause_sent", "quiet", "so_far", "over_budget"),
    "collect": ("result", "rows_removed"),
    "deploy": ("deployment",),
    "evaluate": ("comparison",),
    "gate": ("outcome",),
    "await_approval": ("asked",),
    "promote": ("alias", "version"),
}
NEEDS: dict[str, str] = {"create": "file", "evaluate": "deployment", "gate": "comparison", "await_approval": "result"}
RETRY_FROM: tuple[Phase, ...] = ("check", "upload", "create", "evaluate", "gate", "await_approval")


def data_before(row: RunRow, phase: Phase) -> dict[str, Any]:
    """What a failed or cancelled run still knows when it goes on at ``phase``.

    ``lost_jobs`` counts jobs that were seen to end badly: only then may the next create ask under a new key.
    Raises UsageError when the run has not ended badly, or never came as far as that phase.
    """
    if row.phase not in ("failed", "cancelled"):
        raise UsageError(f"run {row.id} has not failed (phase {row.phase})", help=f"see `ft status {row.id}`")
    if phase not in RETRY_FROM or NEEDS.get(phase, "inputs") not in row.data:
        possible = [other for other in RETRY_FROM if NEEDS.get(other, "inputs") in row.data]
        raise UsageError(f"run {row.id} cannot be retried from {phase!r}", help=f"possible: {', '.join(possible)}")
    order = list(LEARNT)
    first = order.index(phase) if phase in order else 0
    forgotten = {name for learner in order[first:] for name in LEARNT[learner]} | {"tries", "ends_as", "outcome"}
    lost = int(row.data.get("lost_jobs", 0)) + (1 if row.data.get("job_failed") else 0)
    return {name: value for name, value in row.data.items() if name not in forgotten} | {"lost_jobs": lost}
