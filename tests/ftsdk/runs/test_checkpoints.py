"""Which earlier state of a training an arm means."""

from __future__ import annotations

from typing import Any

import pytest

from ftsdk.errors import SpecError
from ftsdk.providers.base import Checkpoint, JobResult
from ftsdk.runs.checkpoints import checkpoint_model

STATES = (Checkpoint(model="m@1", step=10, validation_loss=0.4), Checkpoint(model="m@2", step=20, validation_loss=0.3))


def result(**changes: Any) -> JobResult:
    known: dict[str, Any] = {
        "model": "m", "sha256": "f" * 64, "tokens": 1, "trained_tokens": 1, "seconds": 1.0, "final_loss": 0.1,
        "validation_loss": 0.5, "checkpoints": STATES,
    }  # fmt: skip
    return JobResult(**known | changes)


def test_the_best_has_the_lowest_loss_on_the_validation_rows_and_may_be_the_last() -> None:
    assert checkpoint_model(result(), "best") == "m@2"
    assert checkpoint_model(result(validation_loss=0.2), "best") == "m"
    assert checkpoint_model(result(), 10) == "m@1"


def test_without_validation_rows_nobody_knows_the_best() -> None:
    states = tuple(state.model_copy(update={"validation_loss": None}) for state in STATES)
    with pytest.raises(SpecError, match="nothing says which checkpoint is best"):
        checkpoint_model(result(validation_loss=None, checkpoints=states), "best")


def test_a_step_that_was_not_kept_is_said_with_those_that_were() -> None:
    with pytest.raises(SpecError) as caught:
        checkpoint_model(result(), 15)
    assert "kept are the steps 10, 20" in str(caught.value.help)
    with pytest.raises(SpecError) as caught:
        checkpoint_model(result(checkpoints=()), 15)
    assert "take the arm out" in str(caught.value.help)
