"""Training over OpenAI's protocol when answers are lost, lists are late, accounts are closed and words are new."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ftsdk.errors import ProviderError, ProviderUnavailable, WrongHash
from ftsdk.providers import azure_deployments, openai_files, throttle
from ftsdk.providers.base import FileRef, JobState, Order, Poll
from ftsdk.providers.flavours import FLAVOURS
from ftsdk.providers.openai_connections import openai_provider
from ftsdk.providers.openai_jobs import failure_of, state_of
from ftsdk.providers.openai_metrics import metrics_of_file
from ftsdk.providers.openai_training import OpenAITraining as Provider
from ftsdk.spec.connections import AzureConnection, OpenAIConnection
from ftsdk.spec.method import Method
from tests.services.definitions import definitions
from tests.services.service import KEY, Fault, serving
from tests.services.training import BOM, STEPS, AzureTraining, OpenAITraining

CREATE = "POST /v1/fine_tuning/jobs"
CHAT = {"messages": [{"role": "user", "content": "What is two and two?"}, {"role": "assistant", "content": "Four."}]}
PAIR = {
    "input": {"messages": [{"role": "user", "content": "Which is better?"}]},
    "preferred_output": [{"role": "assistant", "content": "This one."}],
    "non_preferred_output": [{"role": "assistant", "content": "That one."}],
}
GRADED = {"messages": [{"role": "user", "content": "What is two and two?"}], "answer": "4"}


OPENED: list[Provider] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(azure_deployments, "LOOK_SECONDS", 0.0)
    monkeypatch.setenv("KEY", KEY)
    monkeypatch.setenv("TOKEN", "management-token")


@pytest.fixture
def service() -> Iterator[OpenAITraining]:
    made = OpenAITraining()
    with serving(made):
        yield made


@pytest.fixture
def azure() -> Iterator[AzureTraining]:
    made = AzureTraining()
    with serving(made):
        yield made


def connected(service: OpenAITraining, **change: Any) -> Provider:
    """A provider as another process would make it: it remembers nothing."""
    connection = OpenAIConnection.model_validate({"type": "openai", "api_key": {"env": "KEY"}})
    arguments: dict[str, Any] = {"base_url": f"{service.address}/v1", "fresh_seconds": 0.0} | change
    OPENED.append(openai_provider("openai", connection, Path(), **arguments))
    return OPENED[-1]


def on_azure(service: AzureTraining) -> Provider:
    said = {
        "type": "azure", "endpoint": service.address, "api_key": {"env": "KEY"}, "subscription": "s",
        "resource_group": "g", "management_token": {"env": "TOKEN"},
    }  # fmt: skip
    connection = AzureConnection.model_validate(said)
    OPENED.append(openai_provider("azure", connection, Path(), management=service.address, fresh_seconds=0.0))
    return OPENED[-1]


@pytest.fixture
def make_order(tmp_path: Path) -> Callable[..., Order]:
    def written(name: str, row: dict[str, Any], rows: int) -> FileRef:
        path = tmp_path / name
        path.write_text("".join(f"{json.dumps(row)}\n" for _ in range(rows)))
        return FileRef(path=str(path), sha256=hashlib.sha256(path.read_bytes()).hexdigest(), rows=rows)

    def make(key: str = "ftsdk-1-a", row: dict[str, Any] = CHAT, rows: int = 12, **change: Any) -> Order:
        settings = change.pop("settings", Method())
        validation = written("validation.jsonl", row, 10) if change.pop("validates", False) else None
        order = Order(
            key=key, name="Support. Tickets", model="gpt-4.1-mini", method=settings.type, hyperparameters=None,
            train=written(f"{key}.jsonl", row, rows), validation=validation, system_prompt=None, max_tokens=4096,
            settings=settings,
        )  # fmt: skip
        return order.model_copy(update=change)

    return make


MakeOrder = Callable[..., Order]


def to_the_end(provider: Provider, job: str) -> list[Poll]:
    looks = [provider.poll(job)]
    while looks[-1].state not in (JobState.succeeded, JobState.failed, JobState.cancelled):
        assert len(looks) < 60, looks[-1]
        looks.append(provider.poll(job, looks[-1].cursor))
    return looks


def codes(provider: Provider, order: Order) -> list[str]:
    return [finding.code for finding in provider.check(order)]


# -- one job, always ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault(500, before=False, only=CREATE), Fault(0, before=False, only=CREATE)])
def test_a_create_whose_answer_is_lost_is_asked_once_and_found_by_its_key(
    service: OpenAITraining, make_order: MakeOrder, fault: Fault
) -> None:
    provider, order = connected(service), make_order()
    file = provider.upload(order)
    service.faults.append(fault)
    with pytest.raises(ProviderUnavailable):
        provider.create(order, file)
    assert len(service.requests(CREATE)) == 1, "nobody repeats a create by itself"
    assert connected(service).find(order.key) == tuple(service.live())
    assert provider.create(order, file) == service.live()[0]
    assert len(service.jobs) == 1


def test_while_a_list_is_late_the_job_that_was_just_made_is_known(
    service: OpenAITraining, make_order: MakeOrder
) -> None:
    service.list_lag = 1000
    provider, order = connected(service), make_order()
    file = provider.upload(order)
    assert provider.create(order, file) == provider.create(order, file)
    assert len(service.jobs) == 1
    assert connected(service).find(order.key) == (), "another process must wait until the list shows it"


def test_a_refused_create_is_told_and_makes_nothing(service: OpenAITraining, make_order: MakeOrder) -> None:
    provider, order = connected(service), make_order()
    with pytest.raises(ProviderError, match="invalid_file_id") as refused:
        provider.create(order, "file-none")
    assert not isinstance(refused.value, ProviderUnavailable)
    assert service.jobs == {}


def test_a_refusal_for_haste_holds_back_the_whole_connection(service: OpenAITraining, make_order: MakeOrder) -> None:
    provider = connected(service)
    service.faults.append(Fault(429, {"Retry-After": "60"}))
    with pytest.raises(ProviderUnavailable) as asked:
        provider.find("a")
    assert (asked.value.owner, asked.value.retry_after) == ("quota", 60)
    with pytest.raises(ProviderUnavailable, match="asked to wait"):
        provider.poll("b")
    assert len(service.seen) == 1


def test_a_look_is_repeated_when_its_answer_is_lost(service: OpenAITraining, make_order: MakeOrder) -> None:
    provider, order = connected(service), make_order()
    job = provider.create(order, provider.upload(order))
    service.faults += [Fault(503, only="GET /v1/fine_tuning"), Fault(0, only="GET /v1/fine_tuning")]
    assert provider.poll(job).native


# -- before rows leave --------------------------------------------------------------------------------------------


def test_a_closed_account_is_noticed_before_the_upload(service: OpenAITraining, make_order: MakeOrder) -> None:
    service.closed = True
    (finding,) = connected(service).check(make_order())
    assert finding.code == "provider/training-not-available"
    assert service.files == {}


def test_asking_whether_training_is_open_leaves_nothing(service: OpenAITraining, make_order: MakeOrder) -> None:
    assert connected(service).check(make_order()) == ()
    assert (service.jobs, service.files) == ({}, {})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rows": 9}, "data/too-few"),
        ({"row": {"messages": [{"role": "user", "content": "x"}]}}, "data/last-not-assistant"),
        ({"model": "gpt-nothing"}, "provider/no-model"),
        ({"model": "gpt-4o"}, "provider/shut-down"),
        ({"settings": Method(type="rft"), "row": GRADED}, "provider/grader"),
    ],
)
def test_what_the_service_would_refuse_is_told_before_the_upload(
    service: OpenAITraining, make_order: MakeOrder, change: dict[str, Any], code: str
) -> None:
    assert code in codes(connected(service), make_order(**change))
    assert service.files == {}


def test_a_wrong_key_is_told_without_being_repeated(
    service: OpenAITraining, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "sk-wrong-0123456789abcdef")
    with pytest.raises(ProviderError, match="invalid_api_key") as refused:
        connected(service).upload(make_order())
    assert refused.value.owner == "configuration"
    assert "0123456789abcdef" not in str(refused.value), "no error repeats a secret"


def test_without_the_network_the_catalogue_answers(make_order: MakeOrder) -> None:
    away = OpenAITraining()
    away.port = 9  # nobody listens there
    known = connected(away).capabilities("gpt-4.1-mini")
    assert known.retires is not None
    assert "not asked" in known.note


# -- files --------------------------------------------------------------------------------------------------------


def test_the_same_content_is_sent_once_by_all_processes(service: OpenAITraining, make_order: MakeOrder) -> None:
    order = make_order()
    assert connected(service).upload(order) == connected(service).upload(order)
    assert len(service.requests("POST /v1/files")) == 1


def test_a_file_that_changed_is_not_sent(service: OpenAITraining, make_order: MakeOrder) -> None:
    order = make_order()
    Path(order.train.path).write_text("other")
    with pytest.raises(WrongHash):
        connected(service).upload(order)
    assert service.files == {}


def test_a_large_file_goes_in_parts_and_a_lost_part_goes_again(
    service: OpenAITraining, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_files, "PART_BYTES", 500)
    monkeypatch.setitem(FLAVOURS, "openai", FLAVOURS["openai"].model_copy(update={"direct_bytes": 1000}))
    order = make_order()
    service.faults.append(Fault(500, before=False, only="/parts"))
    file = connected(service).upload(order)
    assert service.contents[file] == Path(order.train.path).read_bytes()
    assert not service.requests("POST /v1/files")


def test_rows_do_not_linger_once_nobody_needs_them(service: OpenAITraining, make_order: MakeOrder) -> None:
    provider, order = connected(service), make_order(validates=True)
    file = provider.upload(order)
    first = provider.create(order, file)
    to_the_end(provider, first)
    service.script = ((0, "running"),)
    other = provider.create(order.model_copy(update={"key": "ftsdk-1-b"}), file)
    service.jobs[first]["stopped"] = "cancelled"
    assert provider.forget_rows(first) == (), "another job still reads them"
    provider.cancel(other)
    gone = provider.forget_rows(first)
    assert len(gone) == 2
    assert not set(gone) & set(service.files)


# -- a job ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["base64", "plain"])
def test_steps_come_from_events_and_the_rest_from_the_results_file(
    service: OpenAITraining, make_order: MakeOrder, form: str
) -> None:
    service.csv = form
    provider, order = connected(service), make_order()
    job = provider.create(order, provider.upload(order))
    looks = to_the_end(provider, job)
    steps = [metric for look in looks for metric in look.metrics]
    assert [metric.step for metric in steps] == list(range(1, STEPS + 1))
    result = provider.result(job)
    assert (result.tokens, result.final_loss) == (1200, steps[-1].loss)
    assert [checkpoint.step for checkpoint in provider.checkpoints(job)] == [STEPS - 2, STEPS]
    filed = metrics_of_file(service.results(job), 0.0)
    assert [metric.loss for metric in filed] == [metric.loss for metric in steps]


def test_words_that_no_document_has_do_not_stop_a_job(service: OpenAITraining, make_order: MakeOrder) -> None:
    service.odd = True
    provider, order = connected(service), make_order()
    looks = to_the_end(provider, provider.create(order, provider.upload(order)))
    assert ("warming_up", JobState.unknown) in {(look.native, look.state) for look in looks}
    assert looks[-1].state is JobState.succeeded


def test_a_job_that_goes_back_to_queued_is_followed(service: OpenAITraining, make_order: MakeOrder) -> None:
    service.script = ((0, "running"), (4, "queued"), (6, "running"), (9, "succeeded"))
    provider, order = connected(service), make_order()
    states = [look.state for look in to_the_end(provider, provider.create(order, provider.upload(order)))]
    assert JobState.queued in states[states.index(JobState.running) :]


@pytest.mark.parametrize(
    ("code", "message", "owner"),
    [
        ("invalid_n_examples", "Training file has 3 example(s)", "data"),
        ("exceeded_quota", "Too many", "quota"),
        ("billing_hard_limit_reached", "No", "budget"),
        ("server_error", "The job failed due to an internal error.", "platform"),
        ("invalid_hyperparameters", "n_epochs", "configuration"),
        ("", "The training file was blocked by our moderation system", "data"),
        ("something_new", "", "platform"),
    ],
)
def test_a_failure_says_whose_it_is(code: str, message: str, owner: str) -> None:
    failure = failure_of({"id": "ftjob-1", "status": "failed", "error": {"code": code, "message": message}})
    assert failure is not None
    assert failure.owner == owner


def test_a_job_is_paused_goes_on_and_is_left_alone_once_it_has_ended(
    service: OpenAITraining, make_order: MakeOrder
) -> None:
    provider, order = connected(service), make_order()
    job = provider.create(order, provider.upload(order))
    while provider.poll(job).state is not JobState.running:
        pass
    provider.pause(job)
    provider.pause(job)
    assert provider.poll(job).state is JobState.paused
    provider.unpause(job)
    assert to_the_end(provider, job)[-1].state is JobState.succeeded
    provider.unpause(job)
    provider.cancel(job)


def test_every_method_asks_as_the_definition_wants_it(service: OpenAITraining, make_order: MakeOrder) -> None:
    grader = {
        "type": "string_check", "name": "right", "input": "{{sample.output_text}}", "reference": "{{item.answer}}",
        "operation": "eq",
    }  # fmt: skip
    orders = {
        "supervised": make_order("s", settings=Method(epochs=3, batch_size=8, learning_rate_multiplier=0.5)),
        "dpo": make_order("d", PAIR, settings=Method(type="dpo", beta=0.2)),
        "reinforcement": make_order(
            "r", GRADED, validates=True, settings=Method.model_validate(
                {"type": "rft", "grader": grader, "reasoning_effort": "low", "compute_multiplier": 1.5}
            ),
        ),
    }  # fmt: skip
    provider = connected(service)
    for kind, order in orders.items():
        assert provider.check(order) == ()
        job = provider.create(order, provider.upload(order))
        asked = service.jobs[job]["asked"]
        assert asked["method"]["type"] == kind
        assert len(asked["suffix"]) <= 64
    assert service.jobs[job]["asked"]["method"]["reinforcement"]["grader"]["operation"] == "eq"
    assert service.jobs[job]["asked"]["validation_file"]


def test_a_sweep_lists_unfinished_jobs_and_our_files_and_removes_them(
    service: OpenAITraining, make_order: MakeOrder
) -> None:
    provider, order = connected(service), make_order()
    service.keep("somebody-elses.jsonl", b"x", "fine-tune")
    job = provider.create(order, provider.upload(order))
    found = provider.remnants()
    assert [(one.kind, one.key) for one in found] == [("job", order.key), ("file", order.train.sha256[:32])]
    for one in found:
        provider.remove(one)
        provider.remove(one)  # gone already
    assert service.shown(job)["status"] == "cancelled"
    assert [file["filename"] for file in service.files.values()] == ["somebody-elses.jsonl"]


@pytest.mark.slow
def test_a_thousand_jobs_are_looked_at_in_pages(service: OpenAITraining, make_order: MakeOrder) -> None:
    service.script = ((0, "queued"),)
    now = [0.0]
    provider, order = connected(service, fresh_seconds=10.0, clock=lambda: now[0]), make_order()
    body = {"model": "gpt-4.1-mini", "training_file": provider.upload(order)}
    jobs = [service.create(body).content["id"] for _ in range(1000)]
    for interval in range(3):
        before, now[0] = len(service.seen), 15.0 * interval
        assert {provider.poll(job, "0").state for job in jobs} == {JobState.queued}
        asked = len(service.seen) - before
        assert asked <= (1000 if interval == 0 else 15), "each is shown once, and then all are listed"


def test_a_tuned_model_is_deleted_once_and_is_gone(service: OpenAITraining, make_order: MakeOrder) -> None:
    provider, order = connected(service), make_order()
    job = provider.create(order, provider.upload(order))
    to_the_end(provider, job)
    model = provider.result(job).model
    assert provider.holds(model)
    provider.delete(model)
    assert not provider.holds(model)
    provider.delete(model)


# -- azure ------------------------------------------------------------------------------------------------------------


def test_azure_gets_its_mark_and_finds_a_lost_job_by_its_file(azure: AzureTraining, make_order: MakeOrder) -> None:
    provider, order = on_azure(azure), make_order()
    assert provider.check(order) == ()
    file = provider.upload(order)
    assert azure.contents[file] == BOM + Path(order.train.path).read_bytes()
    azure.faults.append(Fault(500, before=False, only="POST /openai/v1/fine_tuning/jobs"))
    with pytest.raises(ProviderUnavailable):
        provider.create(order, file)
    assert on_azure(azure).find(order.key) == tuple(azure.live())
    other = order.model_copy(update={"key": "ftsdk-1-b"})
    assert on_azure(azure).find(other.key) == (), "the same rows under another key are another job"


def test_a_large_file_reaches_azure_by_the_older_address(
    azure: AzureTraining, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FLAVOURS, "azure", FLAVOURS["azure"].model_copy(update={"direct_bytes": 1000}))
    file = on_azure(azure).upload(make_order())
    assert azure.contents[file].startswith(BOM)


def test_a_deployment_is_made_once_and_taken_down(azure: AzureTraining, make_order: MakeOrder) -> None:
    provider, order = on_azure(azure), make_order()
    job = provider.create(order, provider.upload(order))
    to_the_end(provider, job)
    model = provider.result(job).model
    deployment = provider.deploy(model)
    assert provider.deploy(model) == deployment
    assert [one.id for one in provider.remnants() if one.kind == "deployment"] == [deployment]
    provider.undeploy(deployment)
    provider.undeploy(deployment)
    assert azure.deployments == {}


# -- OpenAI's own samples ---------------------------------------------------------------------------------------------


def test_every_sample_job_of_the_document_is_read() -> None:
    """Many of them are not valid against the document's own schema; a state is told of each."""
    samples = [sample["response"] for sample in definitions()["samples"] if "/fine_tuning/jobs" in sample["path"]]
    jobs = [job for job in map(as_json, samples) if job.get("object") == "fine_tuning.job"]
    assert len(jobs) >= 10
    assert all(state_of(job) is not JobState.unknown for job in jobs)
    assert all(failure_of(job) is None for job in jobs)


def as_json(text: str) -> dict[str, Any]:
    """A sample as it is meant: some have commas too many, dots, or None."""
    import re

    mended = re.sub(r",(\s*[}\]])", r"\1", re.sub(r"\{ \.\.\. \},?", "", text)).replace("None", "null")
    read: dict[str, Any] = json.loads(re.sub(r",(\s*[}\]])", r"\1", mended))
    return read
