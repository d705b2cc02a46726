"""A local job is trained once, whoever looks at it and whatever dies."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ftsdk.errors import ModelMissing, ProviderError, WrongHash
from ftsdk.providers.base import JobState, Poll
from ftsdk.providers.local import LocalProvider

from .conftest import MakeOrder, MakeProvider

ENDS = {JobState.succeeded, JobState.failed, JobState.cancelled}


def until(met: Callable[[], bool]) -> None:
    """Wait for a condition; pytest's own timeout is the only clock."""
    while not met():
        time.sleep(0.005)


def to_the_end(provider: LocalProvider, job: str, cursor: str = "") -> list[Poll]:
    looks = [provider.poll(job, cursor)]
    while looks[-1].state not in ENDS:
        time.sleep(0.005)
        looks.append(provider.poll(job, looks[-1].cursor))
    return looks


def place(provider: LocalProvider, order) -> str:
    return provider.create(order, provider.upload(order))


def directory(tmp_path: Path, job: str = "key-1") -> Path:
    return tmp_path / "jobs" / job


def trainings(tmp_path: Path, job: str = "key-1") -> list[int]:
    """Pids of the trainers that held the job's lock, in order."""
    book = directory(tmp_path, job) / "trainings"
    return [int(line) for line in book.read_text().splitlines()] if book.exists() else []


def test_a_trainer_outlives_the_process_that_started_it(make_provider: MakeProvider, make_order: MakeOrder, tmp_path):
    job = place(make_provider("--pause", "0.05"), make_order())
    until(lambda: bool(trainings(tmp_path)))
    pid = trainings(tmp_path)[0]
    assert os.getsid(pid) == pid, "it leads a session of its own"
    to_the_end(make_provider(), job)
    assert trainings(tmp_path) == [pid]


@pytest.mark.crash
def test_a_killed_trainer_is_started_again_and_ends_with_the_same_weights(
    make_provider: MakeProvider, make_order: MakeOrder, tmp_path
):
    calm = make_provider("--steps", "30")
    undisturbed = place(calm, make_order("calm"))
    to_the_end(calm, undisturbed)
    provider = make_provider("--steps", "30", "--pause", "0.02")
    rows = [json.loads(line) for line in Path(make_order("calm").train.path).read_text().splitlines()]
    job = place(provider, make_order("killed", rows))
    cursor, steps = "", []
    for kill_after in (4, 11, 20):
        while not steps or steps[-1] < kill_after:
            look = provider.poll(job, cursor)
            cursor, steps = look.cursor, steps + [metric.step for metric in look.metrics]
        os.kill(trainings(tmp_path, "killed")[-1], signal.SIGKILL)
    looks = to_the_end(provider, job, cursor)
    steps += [metric.step for look in looks for metric in look.metrics]
    assert steps == list(range(1, 31)), "every step is told once, though the file was cut back three times"
    assert len(trainings(tmp_path, "killed")) == 4
    assert provider.result(job).sha256 == calm.result(undisturbed).sha256


def test_many_processes_that_create_and_poll_at_once_train_once(make_provider: MakeProvider, make_order, tmp_path):
    provider, order = make_provider("--steps", "20"), make_order()
    file = provider.upload(order)
    script = tmp_path / "look.py"
    script.write_text(
        "import sys, time\nfrom pathlib import Path\n"
        "from ftsdk.providers.base import Order\nfrom ftsdk.providers.local import LocalProvider\n"
        "from ftsdk.providers.local_engine import Engine\n"
        "root, model, order, engine, file = sys.argv[1:]\n"
        "provider = LocalProvider('local', Path(root), Path(model), None, Engine.model_validate_json(engine))\n"
        "job = provider.create(Order.model_validate_json(order), file)\n"
        "while (look := provider.poll(job)).state not in ('succeeded', 'failed', 'cancelled'): time.sleep(0.002)\n"
        "print(look.state, provider.result(job).sha256)\n"
    )
    engine = provider._engine.model_dump_json()
    arguments = [str(tmp_path / "jobs"), str(tmp_path / "model.gguf"), order.model_dump_json(), engine, file]
    command = [sys.executable, str(script), *arguments]
    racers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = {racer.communicate()[0] for racer in racers}
    assert said == {f"succeeded {provider.result('key-1').sha256}\n"}
    assert len(trainings(tmp_path)) == 1


def test_a_crash_between_writing_and_starting_leaves_a_job_that_the_next_look_starts(
    make_provider: MakeProvider, make_order: MakeOrder, tmp_path
):
    provider, order = make_provider(), make_order()
    job = place(provider, order)
    to_the_end(provider, job)
    config = (directory(tmp_path) / "config.json").read_bytes()
    orphan = directory(tmp_path, "key-2")
    orphan.mkdir()
    (orphan / "config.json").write_bytes(config.replace(b"key-1", b"key-2"))
    assert provider.find("key-2") == ("key-2",)
    assert to_the_end(provider, "key-2")[-1].state is JobState.succeeded


def test_a_key_that_made_one_job_is_refused_for_another(make_provider: MakeProvider, make_order: MakeOrder):
    provider = make_provider()
    to_the_end(provider, place(provider, make_order()))
    with pytest.raises(ProviderError, match="already made another job"):
        place(provider, make_order(max_tokens=32))


def test_a_trainer_that_always_crashes_fails_with_its_last_words(make_provider, make_order, tmp_path):
    provider = make_provider("--crash-at", "5")
    ended = to_the_end(provider, place(provider, make_order()))[-1]
    assert ended.state is JobState.failed
    assert ended.failure is not None
    assert ended.failure.owner == "platform"
    assert "RuntimeError: cannot go past step 5" in ended.failure.message
    assert "trainer.log" in ended.failure.help
    assert len(trainings(tmp_path)) == 4, "the first start reached step 4, three more got no further"


def test_a_trainer_that_vanishes_without_a_word_names_memory(make_provider, make_order):
    provider = make_provider("--vanish")
    ended = to_the_end(provider, place(provider, make_order()))[-1]
    assert ended.failure is not None
    assert "memory ran out" in ended.failure.message
    assert "batch_size" in ended.failure.help


def test_what_a_trainer_says_of_its_failure_is_passed_on_and_not_tried_again(make_provider, make_order, tmp_path):
    provider = make_provider("--fail")
    job = place(provider, make_order())
    ended = to_the_end(provider, job)[-1]
    assert ended.failure is not None
    assert (ended.failure.owner, ended.failure.message) == ("data", "the rows teach nothing")
    provider.poll(job)
    assert len(trainings(tmp_path)) == 1


def test_a_failed_job_that_is_resumed_goes_on(make_provider, make_order):
    broken = make_provider("--crash-at", "5")
    job = place(broken, make_order())
    to_the_end(broken, job)
    mended = make_provider()
    mended.resume(job)
    assert to_the_end(mended, job)[-1].state is JobState.succeeded


def test_a_cancelled_job_keeps_its_checkpoint_and_goes_on_when_resumed(make_provider, make_order, tmp_path):
    provider = make_provider("--pause", "0.05", "--steps", "8")
    job = place(provider, make_order())
    until(lambda: bool(provider.poll(job).metrics))
    provider.cancel(job)
    assert to_the_end(provider, job)[-1].state is JobState.cancelled
    assert (directory(tmp_path) / "checkpoint").exists()
    assert provider.create(make_order(), provider.upload(make_order())) == job, "create does not undo a cancellation"
    assert provider.poll(job).state is JobState.cancelled
    provider.resume(job)
    assert to_the_end(provider, job)[-1].state is JobState.succeeded


def test_a_trainer_that_ignores_the_request_to_stop_is_killed_after_a_minute(make_provider, make_order, tmp_path):
    provider = make_provider("--deaf", "--pause", "0.05", "--steps", "100000")
    job = place(provider, make_order())
    until(lambda: bool(provider.poll(job).metrics))
    provider.cancel(job)
    assert provider.poll(job).native == "stopping"
    long_ago = time.time() - 90
    os.utime(directory(tmp_path) / "cancelled", (long_ago, long_ago))
    assert to_the_end(provider, job)[-1].state is JobState.cancelled


def test_a_pid_that_belongs_to_somebody_else_by_now_is_left_alone(make_provider, make_order, tmp_path):
    provider = make_provider("--steps", "1")
    job = place(provider, make_order())
    to_the_end(provider, job)
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    (directory(tmp_path) / "started").write_text(str(bystander.pid))
    (directory(tmp_path) / "heartbeat.json").write_text(
        json.dumps({"pid": bystander.pid, "at": 0, "stage": "training"})
    )
    provider.cancel(job)
    bystander.communicate(b"\n")
    assert bystander.returncode == 0


def test_a_trainer_that_shows_no_sign_of_life_is_unknown_not_failed(make_provider, make_order, tmp_path):
    provider = make_provider("--steps", "1")
    job = place(provider, make_order())
    to_the_end(provider, job)
    (directory(tmp_path) / "result.json").unlink()
    (directory(tmp_path) / "heartbeat.json").write_text(json.dumps({"pid": 1, "at": 0, "stage": "training"}))
    os.utime(directory(tmp_path) / "started", (0, 0))
    with (directory(tmp_path) / "started").open() as lock:  # somebody is at it and says nothing
        fcntl.flock(lock, fcntl.LOCK_EX)
        look = provider.poll(job)
    assert look.state is JobState.unknown
    assert look.native.startswith("silent for")


def test_a_tuned_model_whose_weights_were_changed_or_deleted_does_not_answer(make_provider, make_order, tmp_path):
    provider = make_provider()
    job = place(provider, make_order())
    to_the_end(provider, job)
    tuned = provider.result(job).model
    weights = directory(tmp_path) / "adapter" / "adapter_model.safetensors"
    weights.write_text("something else")
    with pytest.raises(WrongHash, match="not what training left"):
        provider.inference(tuned)
    provider.delete(tuned)
    with pytest.raises(ModelMissing, match="are gone"):
        provider.inference(tuned)
    assert provider.find("key-1") == (job,), "the record stays, so that the key does not train again"


def test_any_text_is_a_key_and_stays_inside_the_jobs_directory(make_provider, make_order, tmp_path):
    provider = make_provider("--steps", "1")
    for key in ("../outside", "..", ".files", "a/b:c d", "ü"):
        job = place(provider, make_order(key))
        assert provider.find(key) == (job,)
        assert to_the_end(provider, job)[-1].state is JobState.succeeded
    assert not (tmp_path / "outside").exists()


def test_a_training_file_that_changed_after_planning_is_not_taken(make_provider, make_order):
    provider, order = make_provider(), make_order()
    Path(order.train.path).write_text("other rows\n")
    with pytest.raises(WrongHash, match="changed after it was planned"):
        provider.upload(order)
    with pytest.raises(ProviderError, match="upload the order first"):
        provider.create(order, order.train.sha256)


def test_edits_of_the_training_file_after_the_upload_do_not_reach_the_job(make_provider, make_order, tmp_path):
    provider, order = make_provider(), make_order()
    file = provider.upload(order)
    Path(order.train.path).unlink()
    job = provider.create(order, file)
    config = json.loads((directory(tmp_path) / "config.json").read_text())
    assert Path(config["train"]).exists()
    assert to_the_end(provider, job)[-1].state is JobState.succeeded


def test_a_jobs_directory_that_cannot_be_written_is_one_sentence(tmp_path, model_file, make_order):
    (tmp_path / "jobs").write_text("a file")
    provider = LocalProvider("local", tmp_path / "jobs", model_file, tmp_path / "cache")
    with pytest.raises(ProviderError, match="cannot keep the training file: a file stands where a directory is needed"):
        provider.upload(make_order())


def test_progress_tells_pace_and_time_left(make_provider, make_order):
    provider = make_provider("--pause", "0.02", "--steps", "20")
    looks = to_the_end(provider, place(provider, make_order()))
    paces = [look.progress for look in looks if look.progress and look.progress.tokens_per_second]
    assert paces
    assert paces[0].tokens_per_second == pytest.approx(10_000)
    assert paces[0].seconds_left == pytest.approx((20 - paces[0].step) * 0.01)


def test_what_is_unfinished_or_kept_is_listed_and_can_be_taken_away(
    make_provider: MakeProvider, make_order: MakeOrder, tmp_path
):
    """A sweep starts no trainer: a job whose trainer died is unfinished, and stays where it was."""
    provider, order = make_provider("--pause", "0.05"), make_order("ftsdk-0-example-1")
    assert provider.remnants() == ()
    job = place(provider, order)
    until(lambda: bool(trainings(tmp_path, job)))
    assert [(one.kind, one.key, one.note) for one in provider.remnants()] == [
        ("job", job, "being trained"), ("file", order.train.sha256, f"{Path(order.train.path).stat().st_size:,} B")
    ]  # fmt: skip
    os.kill(trainings(tmp_path, job)[0], signal.SIGKILL)
    until(lambda: provider.remnants()[0].note == "not finished, nobody is at it")
    assert len(trainings(tmp_path, job)) == 1
    for one in provider.remnants():
        provider.remove(one)
    assert provider.remnants() == ()
    until(lambda: provider.poll(job).state is JobState.cancelled)


def test_a_finished_job_is_no_remnant(make_provider: MakeProvider, make_order: MakeOrder):
    """Its weights may be what an alias stands for."""
    provider = make_provider()
    to_the_end(provider, place(provider, make_order("ftsdk-0-example-1")))
    assert [one.kind for one in provider.remnants()] == ["file"]
