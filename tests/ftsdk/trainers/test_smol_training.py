"""The embedded trainer learns, repeats itself bit by bit, stops when asked and goes on as if it had not."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest

from ftsdk.errors import UsageError
from ftsdk.trainers.contract import (
    EXIT_LOCKED,
    StepMetric,
    TrainerConfig,
    TrainerFailure,
    TrainerResult,
    local_path,
)
from ftsdk.trainers.smol import gradient
from ftsdk.trainers.smol.job import explain, run_job
from ftsdk.trainers.smol.output import Pulse
from ftsdk.trainers.smol.train import Stopped, train
from tests.ftsdk.trainers.tiny_model import conversation, write_job

Job = Callable[..., TrainerConfig]


@pytest.fixture
def job(tmp_path: Path, tiny_model: Path) -> Job:
    numbers: Iterator[int] = iter(range(100))

    def make(**changes: Any) -> TrainerConfig:
        return write_job(tmp_path / f"job-{next(numbers)}", tiny_model, **changes)

    return make


def run(config: TrainerConfig) -> int:
    return run_job(str(Path(config.output).parent / "config.json"))


def result_of(config: TrainerConfig) -> TrainerResult:
    return TrainerResult.model_validate_json((Path(config.output) / "result.json").read_text())


def metrics_of(config: TrainerConfig) -> list[StepMetric]:
    lines = (Path(config.output) / "metrics.jsonl").read_text().splitlines()
    return [StepMetric.model_validate_json(line) for line in lines]


def failure_of(config: TrainerConfig) -> TrainerFailure:
    assert run(config) == 1
    return TrainerFailure.model_validate_json((Path(config.output) / "error.json").read_text())


def stopping_after(checks: int) -> Callable[[], bool]:
    answers = chain(repeat(False, checks), repeat(True))
    return lambda: next(answers)


def train_here(config: TrainerConfig, stop_asked: Callable[[], bool] = lambda: False) -> TrainerResult:
    output = Path(config.output)
    output.mkdir(exist_ok=True)
    return train(config, Pulse(output), stop_asked)


def test_training_lowers_the_loss(job: Job) -> None:
    config = job(epochs=12)
    assert run(config) == 0
    metrics = metrics_of(config)
    assert metrics[-1].loss < 0.8 * metrics[0].loss
    assert [metric.step for metric in metrics] == list(range(1, 12 * 4 + 1))


def test_tokens_are_counted_over_all_epochs(job: Job) -> None:
    config = job()
    assert run(config) == 0
    metrics, result = metrics_of(config), result_of(config)
    assert result.tokens == sum(metric.tokens for metric in metrics)
    assert result.trained_tokens == sum(metric.trained_tokens for metric in metrics) < result.tokens


def test_the_same_seed_gives_the_same_weights(job: Job) -> None:
    hashes = [train_here(job(seed=seed)).adapter_sha256 for seed in (1, 1, 2)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_threads_change_the_time_only(job: Job) -> None:
    """Two batches share their weights whatever the machine has."""
    one, two = (train_here(job().model_copy(update={"threads": threads})) for threads in (1, 2))
    assert one.adapter_sha256 == two.adapter_sha256


@pytest.mark.parametrize("checks", [1, 2, 4, 5, 6])
def test_a_stopped_trainer_goes_on_as_if_it_had_not_stopped(job: Job, checks: int) -> None:
    """Stopped in any epoch, also where the vocabulary is already restricted: same weights, same metrics."""
    undisturbed, stopped = job(), job()
    expected = train_here(undisturbed)
    with pytest.raises(Stopped):
        train_here(stopped, stopping_after(checks))
    result = train_here(stopped)
    assert result.adapter_sha256 == expected.adapter_sha256
    assert [m.loss for m in metrics_of(stopped)] == [m.loss for m in metrics_of(undisturbed)]
    assert (result.tokens, result.final_loss) == (expected.tokens, expected.final_loss)


def test_steps_after_the_checkpoint_are_cut_from_the_metrics(job: Job) -> None:
    """A kill leaves steps that no checkpoint knows, and half a line: they are done again, not listed twice."""
    config = job()
    with pytest.raises(Stopped):
        train_here(config, stopping_after(5))
    path = Path(config.output) / "metrics.jsonl"
    last = json.loads(path.read_text().splitlines()[-1])
    path.write_text(path.read_text() + json.dumps(last | {"step": last["step"] + 1}) + "\n" + '{"step": 99, "ste')
    train_here(config)
    assert [metric.step for metric in metrics_of(config)] == list(range(1, 13))


def test_long_batches_are_computed_again_with_the_same_result(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where activations do not fit into memory they are computed twice; the weights do not change by a bit."""
    kept = train_here(job()).adapter_sha256
    monkeypatch.setattr(gradient, "KEEP_BYTES", 0)
    assert train_here(job()).adapter_sha256 == kept


def test_one_row_and_a_batch_larger_than_the_data_train(job: Job) -> None:
    assert run(job(rows=[conversation("a", "b")], batch_size=8, threads=3, epochs=1)) == 0


def test_rows_without_a_common_beginning_train(job: Job) -> None:
    rows = [
        conversation("a", "b"),
        {"messages": [{"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}]},
    ]
    assert run(job(rows=rows)) == 0


def test_a_finished_job_is_not_trained_again(job: Job) -> None:
    config = job(epochs=1)
    assert run(config) == 0
    before = (Path(config.output) / "metrics.jsonl").stat().st_mtime_ns
    Path(config.train).unlink()
    assert run(config) == 0
    assert (Path(config.output) / "metrics.jsonl").stat().st_mtime_ns == before


def test_a_second_trainer_in_the_same_directory_steps_back(job: Job) -> None:
    config = job()
    Path(config.output).mkdir()
    with (Path(config.output) / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert run(config) == EXIT_LOCKED
    assert not (Path(config.output) / "result.json").exists()


def test_an_error_of_an_earlier_attempt_does_not_stay(job: Job) -> None:
    config = job()
    moved = Path(config.train).rename(Path(config.train).with_suffix(".away"))
    assert failure_of(config).owner == "data"
    moved.rename(config.train)
    assert run(config) == 0
    assert not (Path(config.output) / "error.json").exists()


UNUSABLE = [
    ({"model_path": "/nowhere.gguf"}, "configuration", "cannot be read"),
    ({"model_sha256": "0" * 64}, "data", "sha256"),
    ({"train": "/nowhere.jsonl"}, "data", "cannot be read"),
    ({"data_sha256": "0" * 64}, "data", "has changed"),
    ({"rows": []}, "data", "no rows"),
    ({"rows": [{"messages": [{"role": "user", "content": "a"}]}]}, "data", "train.jsonl:1: no assistant answer"),
    ({"rows": [{"prompt": "a"}]}, "data", "not a row of chat JSONL"),
    ({"rows": [conversation("a", "b"), conversation("a", "b" * 99)], "max_tokens": 60}, "data", "train.jsonl:2"),
    ({"layers": 9}, "configuration", "9 layers"),
]


@pytest.mark.parametrize(("changes", "owner", "said"), UNUSABLE, ids=[said for _, _, said in UNUSABLE])
def test_what_cannot_be_used_is_one_sentence_with_an_owner(
    job: Job, changes: dict[str, Any], owner: str, said: str
) -> None:
    failure = failure_of(job(**changes))
    assert failure.owner == owner
    assert said in failure.message
    assert failure.help


def test_a_file_that_is_not_gguf_is_said_to_be_none(job: Job, tmp_path: Path) -> None:
    (tmp_path / "not.gguf").write_bytes(b"no model")
    assert "not a whole GGUF file" in failure_of(job(model_path=str(tmp_path / "not.gguf"), model_sha256="")).message


def test_a_model_file_that_is_cut_short_is_said_to_be(job: Job, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.gguf").write_bytes(tiny_model.read_bytes()[:-1000])
    assert "not a whole GGUF file" in failure_of(job(model_path=str(tmp_path / "cut.gguf"), model_sha256="")).message


def test_a_full_disk_and_full_memory_have_their_own_sentences() -> None:
    assert "disk is full" in explain(OSError(28, "No space left on device", "/x/state.npz")).message
    assert "out of memory" in explain(MemoryError()).message


def test_places_may_be_urls_of_this_machine(job: Job) -> None:
    """The config itself, the model, the rows and the output."""
    config = job()
    named = {name: Path(getattr(config, name)).as_uri() for name in ("model_path", "train", "output")}
    place = Path(config.output).parent / "config of urls.json"
    place.write_text(config.model_copy(update=named).model_dump_json())
    assert run_job(place.as_uri()) == 0
    assert result_of(config).steps > 0


def test_a_place_elsewhere_is_one_sentence() -> None:
    with pytest.raises(UsageError, match="not on this machine"):
        local_path("s3://bucket/run.json")


def test_caching_says_how_many_rows_are_done(job: Job) -> None:
    """The heartbeat counts rows while the frozen layers run, and optimiser steps from then on."""
    config = job(epochs=1)
    output = Path(config.output)
    output.mkdir()
    pulse, told = Pulse(output), list[tuple[str, int, int]]()

    def look() -> bool:
        told.append((pulse.stage, pulse.step, pulse.steps))
        return False

    train(config, pulse, look)
    assert told[0] == ("caching", 7, 7)
    assert told[1][0] == "training"
    assert pulse.steps == 4


def test_the_ends_of_the_last_epochs_are_kept_as_models_whether_or_not_it_was_stopped(job: Job) -> None:
    whole, stopped = job(epochs=5), job(epochs=5)
    assert run(whole) == 0
    with pytest.raises(Stopped):
        train_here(stopped, stopping_after(12))
    assert run(stopped) == 0
    kept = result_of(whole).checkpoints
    epoch = result_of(whole).steps // 5
    assert list(kept) == [3 * epoch, 4 * epoch]
    assert len({*kept.values(), result_of(whole).adapter_sha256}) == 3
    assert result_of(stopped).checkpoints == kept
