"""The contract that every provider passes: subclass `ProviderContract` in your tests and hand it your provider.

    class TestMyProvider(ProviderContract):
        def make_provider(self, directory):
            return MyProvider(...)

Each test places an order of its own. ``seconds_to_end`` is how long a job may take to reach its end.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

import pytest

from ftsdk.data.value import Message
from ftsdk.errors import ProviderError
from ftsdk.providers.base import Closes, FileRef, JobState, Order, Poll, Provider, Resumable
from ftsdk.providers.inference import Params
from ftsdk.trainers.contract import Hyperparameters

ENDS = frozenset({JobState.succeeded, JobState.failed, JobState.cancelled})
QUESTION = (Message(role="user", content="Reply with the word yes."),)


class ProviderContract(ABC):
    """What must hold of every provider; override ``make_provider`` and, where needed, the attributes."""

    model = "smollm2-135m-instruct"
    hyperparameters: Hyperparameters | None = Hyperparameters(
        rank=4, alpha=8.0, layers=1, epochs=1, batch_size=2, learning_rate=1e-3
    )
    rows = 4
    seconds_to_end = 60.0
    pause = 0.05

    @abstractmethod
    def make_provider(self, directory: Path) -> Provider:
        """A provider that keeps what it keeps below ``directory``; called anew, it knows the same jobs or none."""

    @pytest.fixture
    def provider(self, tmp_path: Path) -> Iterator[Provider]:
        made = self.make_provider(tmp_path / "provider")
        yield made
        if isinstance(made, Closes):
            made.close()

    @pytest.fixture
    def order(self, tmp_path: Path) -> Order:
        return self.make_order(tmp_path, "contract-1")

    def make_order(self, directory: Path, key: str) -> Order:
        """An order for a few short rows."""
        path = directory / f"{key}.jsonl"
        path.write_text("".join(f"{json.dumps(_row(number))}\n" for number in range(self.rows)))
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        return Order(
            key=key,
            name="contract",
            model=self.model,
            method="sft",
            hyperparameters=self.hyperparameters,
            train=FileRef(path=str(path), sha256=sha256, rows=self.rows),
            system_prompt="Reply briefly.",
            max_tokens=256,
        )

    def place(self, provider: Provider, order: Order) -> str:
        """Upload and create; returns the job's id."""
        return provider.create(order, provider.upload(order))

    def poll_to_the_end(self, provider: Provider, job: str) -> list[Poll]:
        """All looks at a job until it has ended; each hands on the cursor of the one before."""
        looks = [provider.poll(job)]
        deadline = time.monotonic() + self.seconds_to_end
        while looks[-1].state not in ENDS:
            assert time.monotonic() < deadline, f"{job} is still {looks[-1].state} after {self.seconds_to_end} s"
            time.sleep(self.pause)
            looks.append(provider.poll(job, looks[-1].cursor))
        return looks

    def test_a_provider_says_what_it_can_do_with_a_model(self, provider: Provider) -> None:
        known = provider.capabilities(self.model)
        assert known.model == self.model, "capabilities speak of the model that was asked for"
        assert "sft" in known.methods, "the model can be tuned"
        assert known.context_tokens > 0, "the context is known"

    def test_a_sound_order_is_accepted(self, provider: Provider, order: Order) -> None:
        errors = [finding for finding in provider.check(order) if finding.severity == "error"]
        assert errors == [], "an order that will succeed is not refused"

    def test_the_same_file_is_uploaded_once(self, provider: Provider, order: Order) -> None:
        assert provider.upload(order) == provider.upload(order), "the same content has the same id"

    def test_the_same_key_never_makes_two_jobs(self, provider: Provider, order: Order) -> None:
        file = provider.upload(order)
        first, second = provider.create(order, file), provider.create(order, file)
        assert first == second, "the second create returns the first job"
        assert provider.find(order.key) == (first,), "only one job carries the key"
        self.stop(provider, first)

    def test_a_job_is_found_by_its_key_once_it_was_created(self, provider: Provider, order: Order) -> None:
        assert provider.find(order.key) == (), "nothing is found before create"
        job = self.place(provider, order)
        assert provider.find(order.key) == (job,), "a lost response leaves the job findable"
        assert provider.find(f"{order.key}-other") == (), "another key finds nothing"
        self.stop(provider, job)

    def test_polling_reaches_success_and_tells_each_metric_once(self, provider: Provider, order: Order) -> None:
        looks = self.poll_to_the_end(provider, self.place(provider, order))
        assert looks[-1].state is JobState.succeeded, f"the job ended as {looks[-1].native}: {looks[-1].failure}"
        steps = [metric.step for look in looks for metric in look.metrics]
        assert steps == sorted(set(steps)), "steps come in order and none comes twice"
        assert all(look.native for look in looks), "the provider's own word stands beside every state"

    def test_polling_from_the_start_tells_all_metrics_again(self, provider: Provider, order: Order) -> None:
        job = self.place(provider, order)
        looks = self.poll_to_the_end(provider, job)
        told = [metric for look in looks for metric in look.metrics]
        again = provider.poll(job)
        assert list(again.metrics) == told, "a reader that lost its cursor starts over and misses nothing"
        assert provider.poll(job, again.cursor).metrics == (), "after the last metric nothing more comes"

    def test_there_is_no_result_before_success(self, provider: Provider, order: Order) -> None:
        job = self.place(provider, order)
        with pytest.raises(ProviderError):
            provider.result(job)
        self.stop(provider, job)

    def test_a_succeeded_job_leaves_a_model_with_a_hash(self, provider: Provider, order: Order) -> None:
        job = self.place(provider, order)
        self.poll_to_the_end(provider, job)
        result = provider.result(job)
        assert result == provider.result(job), "a result does not change"
        assert result.model, "the tuned model has an id"
        assert len(result.sha256) == 64, "the tuned weights have a sha256"

    def test_a_cancelled_job_ends(self, provider: Provider, order: Order) -> None:
        job = self.place(provider, order)
        provider.cancel(job)
        ended = self.poll_to_the_end(provider, job)[-1]
        assert ended.state in (JobState.cancelled, JobState.succeeded), "it stops, or was done before it could"
        provider.cancel(job)  # once more does no harm

    def test_a_cancelled_job_that_can_be_resumed_goes_on(self, provider: Provider, order: Order) -> None:
        if not isinstance(provider, Resumable):
            pytest.skip("this provider's jobs cannot be resumed")
        job = self.place(provider, order)
        provider.cancel(job)
        self.poll_to_the_end(provider, job)
        provider.resume(job)
        assert self.poll_to_the_end(provider, job)[-1].state is JobState.succeeded, "it goes on to its end"

    def test_base_and_tuned_models_answer_and_close(self, provider: Provider, order: Order) -> None:
        job = self.place(provider, order)
        self.poll_to_the_end(provider, job)
        for model in (self.model, provider.result(job).model):
            asyncio.run(self.ask_and_close(provider, provider.deploy(model)))

    async def ask_and_close(self, provider: Provider, model: str) -> None:
        """Several questions at once; after aclose() none is answered."""
        async with provider.inference(model) as client:
            asked = [client.complete(model, QUESTION, Params(max_tokens=4)) for _ in range(3)]
            answers = await asyncio.gather(*asked)
            assert all(answer.error is None for answer in answers), "a plain question is answered"
            assert len({answer.text for answer in answers}) == 1, "at temperature 0 the same question has one answer"
            assert client.concurrency >= 1, "the client says how many calls serve it best"
        with pytest.raises(ProviderError):
            await client.complete(model, QUESTION, Params(max_tokens=4))

    def test_an_unknown_job_is_refused_in_a_sentence(self, provider: Provider) -> None:
        calls = (provider.poll, provider.cancel, provider.result)
        for call in calls:
            with pytest.raises(ProviderError) as refused:
                call("no-such-job")
            assert "no-such-job" in str(refused.value), "the sentence names the job"

    def stop(self, provider: Provider, job: str) -> None:
        """Leave nothing running behind a test."""
        provider.cancel(job)
        self.poll_to_the_end(provider, job)


def _row(number: int) -> dict[str, object]:
    return {
        "messages": [
            {"role": "system", "content": "Reply briefly."},
            {"role": "user", "content": f"What follows {number}?"},
            {"role": "assistant", "content": f"{number + 1} follows."},
        ]
    }
