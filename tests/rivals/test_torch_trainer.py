"""The torch trainer trains like the embedded engine, survives kill -9, and does the same on two processes."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ftsdk.providers import local_engine as engines
from ftsdk.providers.base import FileRef, JobState, Order
from ftsdk.providers.local import LocalProvider
from ftsdk.trainers.contract import StepMetric, TrainerConfig, TrainerFailure, TrainerResult
from tests.rivals.conftest import TICKETS, conversation

torch = pytest.importorskip("torch")
pytest.importorskip("peft")
pytest.importorskip("accelerate")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

STEPS, SHORT_STEPS = 20, 8
ALONE = (sys.executable, "-m")
TWO = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m")


def job(directory: Path, model: Path, tickets: int = 20, **changes: Any) -> TrainerConfig:
    """Twenty steps of four rows; written where a trainer finds it."""
    directory.mkdir(parents=True)
    rows = [conversation(f"{question} ({number})", answer) for number in range(tickets) for question, answer in TICKETS]
    (directory / "train.jsonl").write_text("".join(json.dumps({"messages": row}) + "\n" for row in rows))
    numbers = {"rank": 8, "alpha": 16.0, "layers": 6, "epochs": 1, "batch_size": 4, "learning_rate": 2e-3}
    numbers |= changes.pop("numbers", {})
    values = {"key": "k", "model": "m", "model_path": str(model), "model_sha256": "", "data_sha256": ""}
    values |= {"train": str(directory / "train.jsonl"), "output": str(directory), "max_tokens": 512}
    config = TrainerConfig.model_validate(values | {"hyperparameters": numbers} | changes)
    (directory / "config.json").write_text(config.model_dump_json())
    return config


def start(config: TrainerConfig, trainer: str = "torch", command: tuple[str, ...] = ALONE) -> subprocess.Popen[bytes]:
    place = str(Path(config.output) / "config.json")
    with (Path(config.output) / "trainer.log").open("ab") as log:
        return subprocess.Popen(
            [*command, f"ftsdk.trainers.{trainer}", "--config", place], stdout=log, stderr=subprocess.STDOUT
        )


def finished(config: TrainerConfig, trainer: str = "torch", command: tuple[str, ...] = ALONE) -> list[StepMetric]:
    assert start(config, trainer, command).wait(280) == 0, said(config)
    return metrics(config)


def said(config: TrainerConfig) -> str:
    return (Path(config.output) / "trainer.log").read_text()[-3000:]


def metrics(config: TrainerConfig) -> list[StepMetric]:
    path = Path(config.output) / "metrics.jsonl"
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [StepMetric.model_validate_json(line) for line in lines]


def result(config: TrainerConfig) -> TrainerResult:
    return TrainerResult.model_validate_json((Path(config.output) / "result.json").read_bytes())


def until_step(config: TrainerConfig, step: int) -> None:
    ends = time.monotonic() + 200
    while len(metrics(config)) < step:
        assert time.monotonic() < ends, said(config)
        time.sleep(0.02)


@pytest.fixture(scope="module")
def calm(base_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainerConfig:
    """A job of the torch trainer that nobody disturbed."""
    config = job(tmp_path_factory.mktemp("calm") / "job", base_directory)
    finished(config)
    return config


@pytest.fixture(scope="module")
def short(base_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainerConfig:
    """The same with eight steps and two layers, for what needs no more."""
    config = short_job(tmp_path_factory.mktemp("short") / "job", base_directory)
    finished(config)
    return config


def short_job(directory: Path, model: Path, **changes: Any) -> TrainerConfig:
    numbers = {"layers": 2, "batch_size": 2, "epochs": 1} | changes.pop("numbers", {})
    return job(directory, model, tickets=4, numbers=numbers, **changes)


def losses(config: TrainerConfig) -> list[float]:
    return [metric.loss for metric in metrics(config)]


def test_the_first_twenty_losses_are_those_of_the_embedded_engine(
    calm: TrainerConfig, model_path: Path, tmp_path: Path
) -> None:
    embedded = job(tmp_path / "job", model_path)
    finished(embedded, "smol")
    assert len(losses(calm)) == STEPS
    assert losses(calm)[-1] < 0.3 * losses(calm)[0], "something was learnt"
    assert losses(calm) == pytest.approx(losses(embedded), rel=0.01)
    assert [one.trained_tokens for one in metrics(calm)] == [one.trained_tokens for one in metrics(embedded)]
    assert [one.grad_norm for one in metrics(calm)] == pytest.approx(
        [one.grad_norm for one in metrics(embedded)], rel=0.02
    )


def test_the_embedded_engines_own_file_trains_like_the_directory(
    short: TrainerConfig, model_path: Path, tmp_path: Path
) -> None:
    config = short_job(tmp_path / "job", model_path)
    finished(config)
    assert losses(config) == pytest.approx(losses(short), rel=1e-4)


def test_packing_and_gradient_checkpointing_change_no_loss(
    short: TrainerConfig, base_directory: Path, tmp_path: Path
) -> None:
    config = short_job(tmp_path / "job", base_directory, packing=True, gradient_checkpointing=True)
    finished(config)
    assert losses(config) == pytest.approx(losses(short), rel=1e-3)


def test_two_processes_train_like_one(short: TrainerConfig, base_directory: Path, tmp_path: Path) -> None:
    config = short_job(tmp_path / "job", base_directory)
    finished(config, command=TWO)
    assert losses(config) == pytest.approx(losses(short), rel=1e-3)
    assert result(config).engine.endswith("x2")


def test_kill_9_in_the_middle_ends_with_the_same_weights(
    short: TrainerConfig, base_directory: Path, tmp_path: Path
) -> None:
    config = short_job(tmp_path / "job", base_directory, checkpoint_seconds=0.0)
    for step in (2, 5):
        process = start(config)
        until_step(config, step)
        process.send_signal(signal.SIGKILL)
        process.wait()
    finished(config)
    assert [metric.step for metric in metrics(config)] == list(range(1, SHORT_STEPS + 1))
    assert result(config).adapter_sha256 == result(short).adapter_sha256


def test_a_trainer_that_is_asked_to_stop_says_so_and_goes_on_to_the_same_weights(
    short: TrainerConfig, base_directory: Path, tmp_path: Path
) -> None:
    config = short_job(tmp_path / "job", base_directory)
    process = start(config)
    until_step(config, 2)
    process.terminate()
    assert process.wait(60) == 143
    assert len(metrics(config)) < SHORT_STEPS
    finished(config)
    assert result(config).adapter_sha256 == result(short).adapter_sha256


def test_two_processes_that_are_killed_go_on(base_directory: Path, tmp_path: Path) -> None:
    config = short_job(tmp_path / "job", base_directory, checkpoint_seconds=0.0)
    process = start(config, command=TWO)
    until_step(config, 3)
    for child in children(process.pid):
        os.kill(child, signal.SIGKILL)
    assert process.wait(60) != 0
    finished(config, command=TWO)
    assert [metric.step for metric in metrics(config)] == list(range(1, SHORT_STEPS + 1))


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_second_trainer_in_the_same_place_is_turned_away(base_directory: Path, tmp_path: Path) -> None:
    config = short_job(tmp_path / "job", base_directory)
    first = start(config)
    until_step(config, 1)
    assert start(config).wait(60) == 75
    first.kill()
    first.wait()


def test_a_model_that_changed_is_refused_with_the_next_step(base_directory: Path, tmp_path: Path) -> None:
    config = short_job(tmp_path / "job", base_directory, model_sha256="0" * 64)
    assert start(config).wait(100) == 1
    failure = TrainerFailure.model_validate_json((tmp_path / "job" / "error.json").read_bytes())
    assert "has hash" in failure.message
    assert "plan again" in failure.help


def test_validation_rows_are_scored_after_every_epoch(
    short: TrainerConfig, base_directory: Path, tmp_path: Path
) -> None:
    config = short_job(tmp_path / "job", base_directory, validation=short.train, numbers={"batch_size": 8, "epochs": 2})
    looks = [metric.validation_loss for metric in finished(config)]
    assert [look is not None for look in looks] == [False, True, False, True]
    assert result(config).validation_loss == looks[-1]


def test_the_directory_tokenizer_reads_what_the_embedded_engine_reads(ours: Any, base_directory: Path) -> None:
    from transformers import AutoTokenizer

    from ftsdk.trainers.smol.tokenizer import Tokenizer
    from ftsdk.trainers.torch.tokens import TemplateTokens

    embedded = Tokenizer(ours.file.values)
    directory = TemplateTokens(AutoTokenizer.from_pretrained(base_directory))
    for question, answer in (*TICKETS, ("So  12 apples,\n\n\tcafé 3.14  x", "7  ∀ \n"), ("a\n", "b")):
        turns = conversation(question, answer)
        assert directory.encode_prompt(turns[:2]) == embedded.encode_prompt(turns[:2])
        ours_, theirs = embedded.encode_chat(turns[1:]), directory.encode_chat(turns[1:])
        assert theirs == ours_
    assert directory.end == embedded.end
    assert directory.decode(embedded.encode("café 12  x")) == "café 12  x"


def test_the_adapter_answers_the_same_here_and_in_the_embedded_engine(short: TrainerConfig, model_path: Path) -> None:
    adapter = str(Path(short.output) / "adapter")
    questions = [{"id": n, "messages": conversation(q, "")[:2], "max_tokens": 20} for n, (q, _) in enumerate(TICKETS)]
    asked = "".join(json.dumps(question) + "\n" for question in questions)
    answers = []
    for server, model in (("torch", short.model_path), ("smol", str(model_path))):
        command = [*ALONE, f"ftsdk.trainers.{server}.serve", "--model", model, "--adapter", adapter]
        out = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=200)
        ready, *said = [json.loads(line) for line in out.stdout.splitlines()]
        assert ready["ready"], out.stderr[-2000:]
        told = ("text", "prompt_tokens", "completion_tokens", "finish_reason")
        answers.append({one["id"]: [one[name] for name in told] for one in said})
    assert len(answers[0]) == len(TICKETS)
    assert answers[0] == answers[1]


def test_a_row_that_spells_a_control_token_is_refused_with_its_line(base_directory: Path, tmp_path: Path) -> None:
    config = short_job(tmp_path / "job", base_directory)
    Path(config.train).write_text(json.dumps({"messages": conversation("a <|im_end|> b", "c")}) + "\n")
    assert start(config).wait(100) == 1
    failure = TrainerFailure.model_validate_json((tmp_path / "job" / "error.json").read_bytes())
    assert failure.owner == "data"
    assert "train.jsonl:1" in failure.message


def test_a_local_connection_with_engine_torch_trains_to_the_end(base_directory: Path, tmp_path: Path) -> None:
    """The provider uploads, creates, looks and answers; the directory's model is the catalogue's."""
    config = short_job(tmp_path / "rows", base_directory)
    provider = LocalProvider("gpu", tmp_path / "jobs", base_directory, engine=engines.torch())
    rows = Path(config.train)
    order = Order(
        key="gpu",
        name="gpu",
        model="smollm2-135m-instruct",
        method="sft",
        hyperparameters=config.hyperparameters,
        train=FileRef(path=str(rows), sha256=hashlib.sha256(rows.read_bytes()).hexdigest(), rows=16),
        system_prompt=None,
        max_tokens=512,
    )
    assert not [one.message for one in provider.check(order) if one.severity == "error"]
    job = provider.create(order, provider.upload(order))
    ends = time.monotonic() + 250
    while (look := provider.poll(job)).state not in (JobState.succeeded, JobState.failed):
        assert time.monotonic() < ends
        time.sleep(0.1)
    assert look.state is JobState.succeeded, look.failure
    assert len(provider.poll(job).metrics) == SHORT_STEPS
    assert len(provider.result(job).sha256) == 64
