"""Earlier states of a training, by the step or as the best one."""

from __future__ import annotations

from typing import Literal

from ftsdk.errors import SpecError
from ftsdk.providers.base import JobResult


def checkpoint_model(result: JobResult, wanted: int | Literal["best"]) -> str:
    """The model of a step, or of the lowest loss on the validation rows; never chosen by the test rows.

    Raises SpecError for a step that was not kept, and for the best one where no validation rows said which that is.
    """
    if wanted == "best":
        return _best(result)
    found = next((state.model for state in result.checkpoints if state.step == wanted), None)
    if found is None:
        steps = ", ".join(str(state.step) for state in result.checkpoints)
        raise SpecError(
            f"no checkpoint of step {wanted} was kept; nothing was asked, and what was trained stays",
            help=f"kept are the steps {steps}" if steps else "this training kept none: take the arm out",
        )
    return found


def _best(result: JobResult) -> str:
    states = [(state.validation_loss, state.model) for state in result.checkpoints]
    scored = [(loss, model) for loss, model in (*states, (result.validation_loss, result.model)) if loss is not None]
    if not scored:
        raise SpecError(
            "nothing says which checkpoint is best: no rows were kept back for validation",
            help="name a step, or give dataset.validation; the test rows must not choose",
        )
    return min(scored)[1]
