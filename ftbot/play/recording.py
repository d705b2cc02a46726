"""A recorded run: a provider that trains nothing and gives back the losses and answers of a run that was recorded."""

# ruff: noqa: ARG002 - the protocols hand over more than a recording needs

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import ftsdk

RECORDED = Path(__file__).with_name("recording.json")
REPLAY_SECONDS = 30.0
TUNED = "recorded:"


class Recording(NamedTuple):
    """What was recorded: when and on what, each step as a StepMetric has it, each answer by `question`."""

    recorded: str
    on: str
    seconds: float
    steps: tuple[dict[str, Any], ...]
    answers: dict[str, dict[str, Any]]


def read_recording(path: Path = RECORDED) -> Recording:
    """The recording that is shipped."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return Recording(found["recorded"], found["on"], found["seconds"], tuple(found["steps"]), found["answers"])


def question(tuned: bool, messages: Sequence[Any]) -> str:
    """What an answer is found by: which model was asked, and every message."""
    said = [[message.role, message.content] for message in messages]
    return hashlib.sha256(json.dumps([tuned, said]).encode()).hexdigest()[:16]


class RecordedProvider:
    """Every job replays the recording in ``seconds``; what was not recorded is refused, never made up."""

    def __init__(self, name: str, recording: Recording, seconds: float = REPLAY_SECONDS) -> None:
        self.name = name
        self._recording = recording
        self._seconds = seconds
        self._begun: dict[str, float] = {}
        self._cancelled: set[str] = set()

    def capabilities(self, model: str) -> ftsdk.providers.Capabilities:
        """The recorded method, for any model's name."""
        return ftsdk.providers.Capabilities(
            model=model,
            methods=("sft",),
            context_tokens=2048,
            retires=None,
            serves_tuned=True,
            available=True,
            note=f"a recording of {self._recording.recorded}: trains nothing",
        )

    def check(self, order: ftsdk.providers.Order) -> tuple[Any, ...]:
        """Nothing can be wrong with what was recorded."""
        return ()

    def upload(self, order: ftsdk.providers.Order) -> str:
        """The file's own hash: nothing is sent."""
        return order.train.sha256

    def create(self, order: ftsdk.providers.Order, file: str) -> str:
        """Start the replay; the same key is the same job."""
        self._begun.setdefault(order.key, time.monotonic())
        return order.key

    def find(self, key: str) -> tuple[str, ...]:
        """The job of this key, when it was created."""
        return (key,) if key in self._begun else ()

    def poll(self, job: str, cursor: str = "") -> ftsdk.providers.Poll:
        """The recorded steps up to where the replay is."""
        steps, told, done = self._recording.steps, int(cursor or 0), self._done(job)
        ended = "succeeded" if done == len(self._recording.steps) else "running"
        state = ftsdk.providers.JobState("cancelled" if job in self._cancelled else ended)
        left = self._seconds * (1 - done / len(steps))
        progress = {"stage": "train", "step": done, "steps": len(steps), "seconds_left": left}
        return ftsdk.providers.Poll.model_validate(
            {
                "state": state,
                "native": "replayed",
                "cursor": str(max(done, told)),
                "progress": progress,
                "metrics": steps[told:done],
            }
        )

    def _done(self, job: str) -> int:
        """How many steps have been replayed; a process that begins anew replays from the start."""
        begun = self._begun.setdefault(job, time.monotonic())
        count = len(self._recording.steps)
        share = (time.monotonic() - begun) / self._seconds if self._seconds else 1.0
        return min(count, int(count * share))

    def cancel(self, job: str) -> None:
        """The next poll says cancelled."""
        self._cancelled.add(job)

    def result(self, job: str) -> ftsdk.providers.JobResult:
        """What the recorded job left, without its weights."""
        steps = self._recording.steps
        return ftsdk.providers.JobResult(
            model=f"{TUNED}{job}",
            sha256=hashlib.sha256(job.encode()).hexdigest(),
            tokens=sum(step["tokens"] for step in steps),
            trained_tokens=sum(step["trained_tokens"] for step in steps),
            seconds=self._recording.seconds,
            final_loss=steps[-1]["loss"],
        )

    def deploy(self, model: str) -> str:
        """Nothing is served."""
        return model

    def undeploy(self, deployment: str) -> None:
        """Nothing is served, nothing to stop."""

    def inference(self, model: str) -> ftsdk.providers.InferenceClient:
        """A client that gives the recorded answers."""
        return RecordedInference(model, self._recording)

    def delete(self, model: str) -> None:
        """There is nothing to remove."""


class RecordedInference:
    """Gives the answers that were recorded; raises ProviderError for a question that was not."""

    concurrency = 8

    def __init__(self, model: str, recording: Recording) -> None:
        self.model = model
        self._recording = recording

    async def complete(self, model: str, messages: Sequence[Any], params: ftsdk.Params) -> ftsdk.Answer:
        """The recorded answer."""
        found = self._recording.answers.get(question(self.model.startswith(TUNED), messages))
        if found is None:
            raise ftsdk.errors.ProviderError(
                "the recording has no answer to that; it holds the held-out rows of one run",
                help="pip install 'ftbot[local]' and start `ftbot play` again: then the model itself answers",
            )
        return ftsdk.Answer.model_validate(found)

    async def aclose(self) -> None:
        """Nothing is open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
