"""A provider in memory that follows a script: the same calls always meet the same states, metrics and answers."""

# ruff: noqa: ARG002 - the protocols hand over more than a script needs

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from ftsdk.data.value import Message
from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import ModelMissing, ProviderError
from ftsdk.providers.base import Capabilities, Failure, JobResult, JobState, Order, Poll, Progress
from ftsdk.providers.inference import Answer, InferenceClient, Params, Usage
from ftsdk.trainers.contract import StepMetric

# What a model says: by the last message's text, or by a function of the whole chat.
Answers = Mapping[str, str] | Callable[[Sequence[Message]], str]

STATES = (JobState.queued, JobState.running, JobState.running, JobState.succeeded)
ENDS = frozenset({JobState.succeeded, JobState.failed, JobState.cancelled})
STEPS_A_LOOK = 2
TUNED = "scripted:"
SCRIPTED_FAILURE = Failure(owner="platform", message="the script says so", help="change the script")


@dataclass
class _Job:
    order: Order
    looks: int = 0
    cancelled: bool = False


class ScriptedProvider:
    """Every job goes through ``states``, one a poll; each ``running`` brings two steps of metrics.

    ``base`` answers as any base model and ``tuned`` as every tuned one; a text that a mapping lacks is echoed.
    ``findings`` is what check() returns, ``failure`` what a failed job says.
    """

    def __init__(
        self,
        name: str = "scripted",
        *,
        states: Sequence[JobState] = STATES,
        base: Answers | None = None,
        tuned: Answers | None = None,
        findings: tuple[Diagnostic, ...] = (),
        failure: Failure = SCRIPTED_FAILURE,
    ) -> None:
        self.name = name
        self._states = tuple(states)
        self._base: Answers = base if base is not None else {}
        self._tuned: Answers = tuned if tuned is not None else {}
        self._script_findings = findings
        self._failure = failure
        self._jobs: dict[str, _Job] = {}
        self._deleted: set[str] = set()

    def capabilities(self, model: str) -> Capabilities:
        """Everything, with any model."""
        return Capabilities(
            model=model,
            methods=("sft",),
            context_tokens=2048,
            retires=None,
            serves_tuned=True,
            available=True,
            note="scripted: trains nothing",
        )

    def check(self, order: Order) -> tuple[Diagnostic, ...]:
        """The scripted findings."""
        return self._script_findings

    def upload(self, order: Order) -> str:
        """The file's own hash."""
        return order.train.sha256

    def create(self, order: Order, file: str) -> str:
        """A job whose id is derived from the order's key; the same key returns the same job."""
        job = f"job-{order.key}"
        self._jobs.setdefault(job, _Job(order))
        return job

    def find(self, key: str) -> tuple[str, ...]:
        """The job of this key, when it was created."""
        return tuple(id for id, job in self._jobs.items() if job.order.key == key)

    def poll(self, job: str, cursor: str = "") -> Poll:
        """The next state of the script and the metrics that have come since ``cursor``."""
        known = self._known(job)
        state = self._state(known)
        if state not in ENDS:
            known.looks += 1
        steps = self._steps_done(known)
        told = int(cursor or 0)
        return Poll(
            state=state,
            native=str(state),
            cursor=str(max(steps, told)),
            progress=Progress(stage=str(state), step=steps, steps=self._steps()),
            metrics=tuple(self._metric(step) for step in range(told + 1, steps + 1)),
            failure=self._failure if state is JobState.failed else None,
        )

    def cancel(self, job: str) -> None:
        """The next poll says cancelled, unless the job has ended."""
        known = self._known(job)
        known.cancelled = self._state(known) not in ENDS

    def resume(self, job: str) -> None:
        """A cancelled job goes on where it was; a failed one starts its script again."""
        known = self._known(job)
        known.looks = 0 if self._state(known) is JobState.failed else known.looks
        known.cancelled = False

    def result(self, job: str) -> JobResult:
        """What the job left; raises ProviderError before it has succeeded."""
        known = self._known(job)
        if self._state(known) is not JobState.succeeded:
            raise ProviderError(f"the job {job!r} has left no result: it is {self._state(known)}")
        metrics = [self._metric(step) for step in range(1, self._steps() + 1)]
        return JobResult(
            model=f"{TUNED}{job}",
            sha256=hashlib.sha256(known.order.key.encode()).hexdigest(),
            tokens=sum(metric.tokens for metric in metrics),
            trained_tokens=sum(metric.trained_tokens for metric in metrics),
            seconds=sum(metric.seconds for metric in metrics),
            final_loss=metrics[-1].loss if metrics else None,
        )

    def deploy(self, model: str) -> str:
        """Tuned models serve themselves."""
        return model

    def undeploy(self, deployment: str) -> None:
        """Nothing is served, nothing to stop."""

    def inference(self, model: str) -> InferenceClient:
        """A client that answers by the script; raises ModelMissing for a tuned model that was never made."""
        if not model.startswith(TUNED):
            return ScriptedInference(model, self._base)
        if model in self._deleted or model.removeprefix(TUNED) not in self._jobs:
            raise ModelMissing(f"no tuned model {model!r} with {self.name!r}")
        return ScriptedInference(model, self._tuned)

    def delete(self, model: str) -> None:
        """Forget a tuned model."""
        self._deleted.add(model)

    def estimate_seconds(self, tokens: int, hyperparameters: object) -> tuple[float, float, float]:
        """A second for every thousand tokens, give or take half."""
        likely = tokens / 1000
        return likely / 2, likely, likely * 1.5

    def _known(self, job: str) -> _Job:
        if job not in self._jobs:
            raise ProviderError(f"no job {job!r} with {self.name!r}")
        return self._jobs[job]

    def _state(self, job: _Job) -> JobState:
        return JobState.cancelled if job.cancelled else self._states[min(job.looks, len(self._states) - 1)]

    def _steps(self) -> int:
        return STEPS_A_LOOK * self._states.count(JobState.running)

    def _steps_done(self, job: _Job) -> int:
        return STEPS_A_LOOK * self._states[: job.looks].count(JobState.running)

    def _metric(self, step: int) -> StepMetric:
        return StepMetric(
            step=step,
            steps=self._steps(),
            epoch=step / max(1, self._steps()),
            loss=2.0 / step,
            learning_rate=1e-3,
            grad_norm=1.0,
            tokens=100,
            trained_tokens=20,
            seconds=0.1,
            at=float(step),
        )


class ScriptedInference:
    """Answers by a mapping or a function, at once; usage counts words."""

    concurrency = 8

    def __init__(self, model: str, answers: Answers) -> None:
        self.model = model
        self._answers = answers
        self._closed = False

    async def complete(self, model: str, messages: Sequence[Message], params: Params) -> Answer:
        """The scripted answer; raises ProviderError once the client is closed."""
        if self._closed:
            raise ProviderError(f"the client of {self.model!r} was closed", help="make a new one")
        text = self._text(messages)
        prompt = sum(len(message.content.split()) for message in messages)
        usage = Usage(prompt_tokens=prompt, completion_tokens=len(text.split()))
        return Answer(text=text, usage=usage, latency=0.0, finish_reason="stop")

    async def aclose(self) -> None:
        """Answer nothing from here on."""
        self._closed = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _text(self, messages: Sequence[Message]) -> str:
        if isinstance(self._answers, Mapping):
            return self._answers.get(messages[-1].content, messages[-1].content)
        return self._answers(messages)
