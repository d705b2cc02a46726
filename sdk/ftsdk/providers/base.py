"""The provider protocol: an Order in, a job's state in our words out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from ftsdk.data.value import Message
from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import Owner
from ftsdk.providers.inference import InferenceClient
from ftsdk.spec.method import Method
from ftsdk.trainers.contract import Hyperparameters, StepMetric
from ftsdk.values import Value


class FileRef(Value):
    """A file by what it holds: a local path and the sha256 of its bytes."""

    path: str
    sha256: str
    rows: int


class Order(Value):
    """What a provider is asked to make. ``key`` is the operation key: the same key never makes two jobs.

    ``validation`` are rows to score beside training and not to learn from. ``settings`` is the spec's method as it is
    written; ``hyperparameters`` are its numbers where the catalogue knows what ``auto`` means, None where the provider
    decides.
    """

    key: str
    name: str
    model: str
    method: str
    hyperparameters: Hyperparameters | None
    train: FileRef
    system_prompt: str | None
    max_tokens: int
    validation: FileRef | None = None
    settings: Method = Method()

    @property
    def files(self) -> tuple[FileRef, ...]:
        """The training file, and the validation file where there is one."""
        return (self.train,) if self.validation is None else (self.train, self.validation)

    @property
    def epochs(self) -> int | None:
        """Passes over the training rows; None where the provider decides."""
        if self.hyperparameters is not None:
            return self.hyperparameters.epochs
        return self.settings.epochs if isinstance(self.settings.epochs, int) else None


class Capabilities(Value):
    """What a provider can do with one model, and until when."""

    model: str
    methods: tuple[str, ...]
    context_tokens: int
    retires: date | None
    serves_tuned: bool
    available: bool
    note: str


class JobState(StrEnum):
    """A job's state in our words; a provider's own word is kept beside it. States may go back."""

    queued = "queued"
    validating = "validating"
    running = "running"
    paused = "paused"
    succeeded = "succeeded"
    failed = "failed"
    cancelled = "cancelled"
    unknown = "unknown"


class Failure(Value):
    """Why something failed, whose it is, and the next step."""

    owner: Owner
    message: str
    help: str


class Progress(Value):
    """How far a job is: ``step`` of ``steps``, tokens a second now, seconds left when they can be told."""

    stage: str
    step: int
    steps: int
    tokens_per_second: float | None = None
    seconds_left: float | None = None


class Poll(Value):
    """One look at a job. ``metrics`` are those after ``cursor``; hand the returned cursor to the next poll.

    ``usd`` is what the job has cost so far, where the provider tells.
    """

    state: JobState
    native: str
    cursor: str
    progress: Progress | None = None
    metrics: tuple[StepMetric, ...] = ()
    failure: Failure | None = None
    usd: float | None = None


class Remnant(Value):
    """Something at a provider that carries our mark and may cost or clutter.

    ``key`` says whose it is: an unfinished job's operation key, a file's sha256 (or its first 32 digits), the tuned
    model that a deployment serves.
    """

    kind: Literal["job", "file", "deployment"]
    id: str
    key: str
    note: str = ""


class Checkpoint(Value):
    """A model as it was after ``step``; ``model`` is called like a tuned model."""

    model: str
    step: int
    loss: float | None = None
    validation_loss: float | None = None


class JobResult(Value):
    """What a finished job left. ``model`` is what inference() takes; ``sha256`` identifies the tuned weights.

    Where the weights stay with the provider, it is the hash of the model's id, which never names other weights.
    ``checkpoints`` are earlier states that can be asked too, the earliest first.
    """

    model: str
    sha256: str
    tokens: int
    trained_tokens: int
    seconds: float
    final_loss: float | None
    validation_loss: float | None = None
    artefacts: tuple[str, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()


class Provider(Protocol):
    """One account or engine that trains. Every method may raise ProviderError; none retries a create by itself."""

    name: str

    def capabilities(self, model: str) -> Capabilities:
        """What can be done with ``model`` here, now."""
        ...

    def check(self, order: Order) -> tuple[Diagnostic, ...]:
        """Everything that can be refused before the first byte leaves."""
        ...

    def upload(self, order: Order) -> str:
        """Bring the training file to the provider; returns its id there. The same content returns the same id."""
        ...

    def create(self, order: Order, file: str) -> str:
        """Create the job and return its id. A lost response leaves it findable by ``order.key``."""
        ...

    def find(self, key: str) -> tuple[str, ...]:
        """Ids of the live or finished jobs that carry this operation key, oldest first."""
        ...

    def poll(self, job: str, cursor: str = "") -> Poll:
        """One look; never blocks for longer than a request."""
        ...

    def cancel(self, job: str) -> None:
        """Ask the job to stop; poll() tells when it has."""
        ...

    def result(self, job: str) -> JobResult:
        """What a succeeded job left."""
        ...

    def deploy(self, model: str) -> str:
        """Make a tuned model callable; returns the id to call. A no-op where tuned models serve themselves.

        The same model again returns the same deployment: whoever calls may have died before it heard the answer.
        """
        ...

    def undeploy(self, deployment: str) -> None:
        """Stop serving (and paying for) a deployment."""
        ...

    def inference(self, model: str) -> InferenceClient:
        """A client for a base model's name or a tuned model's id."""
        ...

    def delete(self, model: str) -> None:
        """Remove a tuned model or a file at the provider."""
        ...


@runtime_checkable
class TokenCounter(Protocol):
    """Optional: a provider that can count exactly what its models read."""

    def token_counter(self, model: str) -> Callable[[Sequence[Message]], int]:
        """A function from messages to tokens, template included; raises ModelMissing when it cannot count."""
        ...


@runtime_checkable
class Estimator(Protocol):
    """Optional: a provider that can tell how long an order will take here."""

    def estimate_seconds(self, tokens: int, hyperparameters: Hyperparameters) -> tuple[float, float, float]:
        """Low, likely and high seconds of training ``tokens`` tokens (all epochs)."""
        ...


@runtime_checkable
class Holder(Protocol):
    """Optional: a provider that can say whether a tuned model is still there."""

    def holds(self, model: str) -> bool:
        """Whether a tuned model can still be called or exported."""
        ...


@runtime_checkable
class Resumable(Protocol):
    """Optional: a provider that can go on with a job that failed or was stopped, from its last checkpoint."""

    def resume(self, job: str) -> None:
        """Start a stopped job again where it was; a job that runs or has succeeded is left alone."""
        ...


@runtime_checkable
class Checkpointed(Protocol):
    """Optional: a provider that keeps a job's last states as models of their own."""

    def checkpoints(self, job: str) -> tuple[Checkpoint, ...]:
        """The kept checkpoints, the earliest first."""
        ...


@runtime_checkable
class Forgetful(Protocol):
    """Optional: a provider that can take away the rows that a job was given, while its model stays."""

    def forget_rows(self, job: str) -> tuple[str, ...]:
        """Delete the files of a job that has ended, but those that another job still needs; returns their ids."""
        ...


@runtime_checkable
class Pausable(Protocol):
    """Optional: a provider that lets a running job stand still, and go on where it was."""

    def pause(self, job: str) -> None:
        """Ask a running job to stand still; a job that has ended or is paused is left alone."""
        ...

    def unpause(self, job: str) -> None:
        """Let a paused job go on; any other is left alone."""
        ...


@runtime_checkable
class Remote(Protocol):
    """Optional: a provider across a network, where a job may exist before `Provider.find` shows it.

    ``request_seconds`` is the longest that a request lasts; a create that was lost shows within twice that.
    """

    request_seconds: float


@runtime_checkable
class Closes(Protocol):
    """Optional: a provider that keeps connections open."""

    def close(self) -> None:
        """Let go of them; nothing is asked afterwards."""
        ...


@runtime_checkable
class Paced(Protocol):
    """Optional: a provider that grants so many requests a minute to all processes together."""

    requests_per_minute: float


@runtime_checkable
class Sweeper(Protocol):
    """Optional: a provider that can list what carries our mark, and take it away."""

    def remnants(self) -> tuple[Remnant, ...]:
        """Every unfinished job, kept file and deployment that ftsdk made here, whichever project it was for."""
        ...

    def remove(self, remnant: Remnant) -> None:
        """Stop a job, delete a file or undeploy; what is gone already is no error."""
        ...


@runtime_checkable
class Exporter(Protocol):
    """Optional: a provider that hands tuned weights over as files."""

    def export_adapter(self, model: str, directory: Path) -> None:
        """Copy a tuned model's PEFT adapter, with its card, into a new directory."""
        ...

    def export_gguf(self, model: str, file: Path) -> None:
        """Write base and adapter merged, as one GGUF for llama.cpp and what is built on it."""
        ...
