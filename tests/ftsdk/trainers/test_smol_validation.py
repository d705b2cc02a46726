"""Validation rows are scored after every epoch, by the same numbers as training rows, and change nothing."""

from __future__ import annotations

from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest

from ftsdk.trainers.contract import StepMetric, TrainerConfig, TrainerResult
from ftsdk.trainers.smol.job import run_job
from ftsdk.trainers.smol.output import Pulse
from ftsdk.trainers.smol.train import Stopped, train
from tests.ftsdk.trainers.tiny_model import ROWS, conversation, write_job

HELD_OUT = [conversation("one", "two"), conversation("three more", "four and five"), conversation("six", "7")]


def trained(config: TrainerConfig, stop_after: int = 1_000_000) -> TrainerResult:
    output = Path(config.output)
    output.mkdir(exist_ok=True)
    answers = chain(repeat(False, stop_after), repeat(True))
    return train(config, Pulse(output), lambda: next(answers))


def metrics_of(config: TrainerConfig) -> list[StepMetric]:
    lines = (Path(config.output) / "metrics.jsonl").read_text().splitlines()
    return [StepMetric.model_validate_json(line) for line in lines]


def test_every_epoch_ends_with_a_look_and_the_last_one_is_in_the_result(tmp_path: Path, tiny_model: Path) -> None:
    config = write_job(tmp_path / "job", tiny_model, held_out=HELD_OUT, epochs=3)
    result = trained(config)
    looks = {metric.step: metric.validation_loss for metric in metrics_of(config) if metric.validation_loss is not None}
    assert list(looks) == [4, 8, 12], "four steps are an epoch"
    assert result.validation_loss == looks[12]
    assert len(set(looks.values())) == 3
    assert "loss on the validation rows" in (Path(config.output) / "adapter" / "README.md").read_text()
    assert not list(Path(config.output).glob("*.f32")), "the kept activations are gone"


def test_the_loss_is_the_one_that_training_would_have(tmp_path: Path, tiny_model: Path) -> None:
    """With a rate of nearly nothing the weights stand still: the training rows as validation rows lose the same."""
    config = write_job(tmp_path / "job", tiny_model, held_out=ROWS, epochs=4, batch_size=len(ROWS), learning_rate=1e-12)
    trained(config)
    metrics = metrics_of(config)
    assert metrics[0].validation_loss == pytest.approx(metrics[0].loss, rel=1e-4)


def test_validation_rows_do_not_change_what_is_learnt(tmp_path: Path, tiny_model: Path) -> None:
    without = trained(write_job(tmp_path / "without", tiny_model))
    beside = trained(write_job(tmp_path / "beside", tiny_model, held_out=HELD_OUT))
    assert without.adapter_sha256 == beside.adapter_sha256
    assert without.validation_loss is None


@pytest.mark.parametrize("checks", [1, 3, 5, 6, 8])
def test_a_stopped_trainer_tells_the_same_validation_losses(tmp_path: Path, tiny_model: Path, checks: int) -> None:
    """Stopped while it caches, in a step, or while it looks."""
    stopped = write_job(tmp_path / "stopped", tiny_model, held_out=HELD_OUT)
    with pytest.raises(Stopped):
        trained(stopped, stop_after=checks)
    undisturbed = write_job(tmp_path / "undisturbed", tiny_model, held_out=HELD_OUT)
    assert trained(stopped).adapter_sha256 == trained(undisturbed).adapter_sha256
    assert [m.validation_loss for m in metrics_of(stopped)] == [m.validation_loss for m in metrics_of(undisturbed)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"validation_sha256": "0" * 64}, "has changed"),
        ({"validation": "/nowhere.jsonl"}, "cannot be read"),
        ({"held_out": [{"messages": [{"role": "user", "content": "a"}]}]}, "validation.jsonl:1: no assistant answer"),
    ],
)
def test_validation_rows_that_cannot_be_used_are_one_sentence(
    tmp_path: Path, tiny_model: Path, change: dict[str, Any], said: str
) -> None:
    config = write_job(tmp_path / "job", tiny_model, **({"held_out": HELD_OUT} | change))
    assert run_job(str(tmp_path / "job" / "config.json")) == 1
    assert said in (Path(config.output) / "error.json").read_text()
