"""Training over OpenAI's wire protocol: OpenAI itself, Azure OpenAI, and whatever else speaks it."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from ftsdk.catalogue.hosted import hosted_model
from ftsdk.catalogue.limits import row_limits
from ftsdk.data.tokens import OpenAICounter
from ftsdk.data.value import Message
from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import ProviderError
from ftsdk.providers.azure_deployments import Deployments
from ftsdk.providers.base import Capabilities, Checkpoint, JobResult, JobState, Order, Poll, Progress, Remnant
from ftsdk.providers.calls import Calls, Refused
from ftsdk.providers.flavours import Flavour
from ftsdk.providers.inference import InferenceClient
from ftsdk.providers.openai_board import Board, unknown
from ftsdk.providers.openai_checks import check_order, problem
from ftsdk.providers.openai_files import RemoteFiles
from ftsdk.providers.openai_jobs import (
    ENDS,
    MARK,
    Native,
    carries,
    checkpoint_of,
    failure_of,
    remnant_of,
    request_of,
    seconds_left,
    shutdown_of,
    size_of,
    state_of,
)
from ftsdk.providers.openai_metrics import merged, metric_of, metrics_of_file
from ftsdk.providers.throttle import Throttle
from ftsdk.trainers.contract import StepMetric

if TYPE_CHECKING:
    from openai import OpenAI

FRESH_SECONDS = 10.0
EVENTS_SECONDS = 30.0  # between two looks at one running job's events
LIFE_SECONDS = 600.0  # how long what a service says of a model is believed
REQUEST_SECONDS = 25.0  # shorter than a lease
NO_FILE = "file-ftsdk-asks-whether-training-is-open"
FILES_OF_JOB = ("training_file", "validation_file")
NOT_OPEN = frozenset({401, 403})


class OpenAITraining:
    """One account. ``client`` makes the openai package's client, its retries off, and ``large`` the one for parts.

    ``close`` lets go of what they made; nothing is asked afterwards. ``extra`` goes into every request for a job;
    ``fresh_seconds`` is how long a look at a job holds for all who ask.
    """

    def __init__(
        self,
        name: str,
        flavour: Flavour,
        client: Callable[[], OpenAI],
        answers: Callable[[str], InferenceClient],
        *,
        throttle: Throttle,
        close: Callable[[], None],
        large: Callable[[], OpenAI] | None = None,
        deployments: Deployments | None = None,
        extra: Mapping[str, str] | None = None,
        request_seconds: float = REQUEST_SECONDS,
        fresh_seconds: float = FRESH_SECONDS,
        events_seconds: float = EVENTS_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self.name = name
        self.inference = answers
        self.request_seconds = request_seconds
        self.close = close
        self._flavour = flavour
        self._client = client
        self._calls = Calls(flavour.service, throttle)
        self._files = RemoteFiles(client, large or client, self._calls, flavour)
        self._board = Board(client, self._calls, name, fresh_seconds, clock)
        self._deployments = deployments
        self._extra = dict(extra or {})
        self._events_seconds = events_seconds
        self._clock = clock
        self._today = today
        self._lock = threading.Lock()
        self._created: dict[str, str] = {}
        self._heard: dict[str, tuple[float, str]] = {}
        self._lives: dict[str, tuple[float, Mapping[str, Any] | None]] = {}

    # -- before anything is sent --------------------------------------------------------------------------------

    def capabilities(self, model: str) -> Capabilities:
        """What the catalogue knows of ``model``, and its day of shutdown where the service answers and says it."""
        row = hosted_model(model, self._flavour.type)
        note, available, shutdown = f"as of {row.as_of}", True, None
        try:
            known = self._model(model)
            available, shutdown = known is not None, shutdown_of(known)
        except ProviderError as error:
            note += f"; the service was not asked: {error.message}"
        ends = [day for day in (row.retires, shutdown) if day is not None]
        return Capabilities(
            model=model,
            methods=row.methods,
            context_tokens=row.context_tokens,
            retires=min(ends) if ends else None,
            serves_tuned=not self._flavour.deploys,
            available=available,
            note=note,
        )

    def check(self, order: Order) -> tuple[Diagnostic, ...]:
        """Rows and numbers first, then the account: whether it has the model, and may train at all."""
        findings = tuple(check_order(order, self._flavour))
        return findings or tuple(self._check_account(order))

    def _check_account(self, order: Order) -> Iterator[Diagnostic]:
        service = self._flavour.service
        known = self._model(order.model)
        if known is None and self._flavour.type == "openai":  # others list what is deployed, not what trains
            yield problem("no-model", f"{service} has no model {order.model!r} for this account", "name another model")
            return
        ends = shutdown_of(known)
        if ends is not None and ends <= self._today():
            yield problem("shut-down", f"{order.model} was shut down on {ends}", "`ft models list` shows what trains")
        elif self._flavour.probes and (closed := self._closed(order.model)):
            yield problem("training-not-available", closed.message, closed.help)

    def _closed(self, model: str) -> Refused | None:
        """Why this account may create no job; asked with a file that is not there, so that no job can come of it."""
        doing = "say whether training is open"
        try:
            made = self._calls.once(
                doing,
                lambda: self._client().fine_tuning.jobs.create(
                    model=model, training_file=NO_FILE, metadata={"ftsdk_probe": "1"}
                ),
            )
        except Refused as refused:
            return refused if refused.refusal.status in NOT_OPEN else None
        self._calls.read("stop an empty job", lambda: self._client().fine_tuning.jobs.cancel(made.id))
        return None

    def _model(self, model: str) -> Mapping[str, Any] | None:
        """What the service says of a model, None when it has none of that name; believed for ten minutes."""
        at, known = self._lives.get(model, (None, None))
        if at is None or self._clock() - at > LIFE_SECONDS:
            known = self._retrieved(model)
            self._lives[model] = (self._clock(), known)
        return known

    def _retrieved(self, model: str) -> Mapping[str, Any] | None:
        try:
            return self._calls.read(
                f"show the model {model}", lambda: self._client().models.retrieve(model).to_dict(warnings=False)
            )
        except Refused as refused:
            if refused.absent:
                return None
            raise

    # -- a job --------------------------------------------------------------------------------------------------

    def upload(self, order: Order) -> str:
        """The training file's id; the validation file goes along. The same content is there once."""
        for file in reversed(order.files):
            id = self._files.bring(file, order.key)
        return id

    def create(self, order: Order, file: str) -> str:
        """Ask once for a job; a lost answer leaves it findable by its key. Raises ProviderUnavailable when unknown."""
        with self._lock:  # two threads of this process never ask at once for one key
            known = self.find(order.key)
            if known:
                return known[0]
            validation = self._files.bring(order.validation, order.key) if order.validation else None
            body = request_of(order, self._flavour, file, validation)
            client = self._client().with_options(timeout=self.request_seconds)
            made = self._calls.once(
                f"create the job {order.name}",
                lambda: client.fine_tuning.jobs.create(**body, extra_body=self._extra or None),
            )
            self._created[order.key] = made.id
            return made.id

    def find(self, key: str) -> tuple[str, ...]:
        """Ids of the jobs with this key, oldest first; of those made here also while no list shows them yet."""
        wanted = {"metadata": {MARK: key}} if self._flavour.finds_by == "metadata" else {}
        files = self._files.of_key(key) if self._flavour.finds_by == "file" else frozenset()
        if self._flavour.finds_by == "file" and not files:
            return ()
        jobs = [job for job in self._listed(**wanted) if carries(job, key, files)]
        jobs.sort(key=lambda job: (job.get("created_at") or 0, str(job["id"])))
        found = dict.fromkeys(str(job["id"]) for job in jobs)
        if key in self._created:
            found.setdefault(self._created[key])
        return tuple(found)

    def _listed(self, **wanted: Any) -> list[Native]:
        def listed() -> list[Native]:
            return [job.to_dict(warnings=False) for job in self._client().fine_tuning.jobs.list(limit=100, **wanted)]

        return self._calls.read("list its jobs", listed)

    def poll(self, job: str, cursor: str = "") -> Poll:
        """The job as it was seen a few seconds ago at most, and the steps after ``cursor``, the last step told."""
        native = self._board.look(job)
        state, told = state_of(native), int(cursor) if cursor.isdigit() else 0
        metrics = self._metrics(native, state, told, anew=not cursor)
        last = metrics[-1] if metrics else None
        status = str(native.get("status"))
        return Poll(
            state=state,
            native=status,
            cursor=str(last.step if last else told),
            progress=Progress(stage=status, step=last.step, steps=last.steps, seconds_left=seconds_left(native))
            if last else None,
            metrics=metrics,
            failure=failure_of(native),
        )  # fmt: skip

    def _metrics(self, native: Native, state: JobState, told: int, *, anew: bool) -> tuple[StepMetric, ...]:
        """The steps after ``told``: of a running job from its events, now and then; of one that ended from its file."""
        job = str(native["id"])
        if state not in (JobState.running, JobState.paused, *ENDS):
            return ()
        if state not in ENDS and not anew and not self._is_due(job, state):
            return ()
        events = self._events(job, told)
        filed = self._filed(native) if state is JobState.succeeded else ()
        return tuple(metric for metric in merged(events, filed) if metric.step > told)

    def _is_due(self, job: str, state: JobState) -> bool:
        at, before = self._heard.get(job, (None, ""))
        if at is not None and before == state and self._clock() - at < self._events_seconds:
            return False
        self._heard[job] = (self._clock(), state)
        return True

    def _events(self, job: str, told: int) -> list[StepMetric]:
        """Steps after ``told``, read from the newest event backwards until one that was told."""

        def read() -> list[StepMetric]:
            found: list[StepMetric] = []
            for event in self._client().fine_tuning.jobs.list_events(job, limit=100):
                metric = metric_of(event.to_dict(warnings=False))
                if metric is not None and metric.step <= told:
                    break
                if metric is not None:
                    found.append(metric)
            return found

        return self._calls.read(f"list the events of {job}", read)

    def _filed(self, native: Native) -> tuple[StepMetric, ...]:
        """The steps in the results file; a job without one, or whose file was deleted, has none."""
        files = [str(file) for file in native.get("result_files") or ()]
        if not files:
            return ()
        try:
            return metrics_of_file(self._files.content(files[0]), float(native.get("finished_at") or 0))
        except Refused as refused:
            if refused.absent:
                return ()
            raise

    def cancel(self, job: str) -> None:
        """Ask the job to stop; one that has ended is left alone."""
        self._ask(job, "cancel", lambda: self._client().fine_tuning.jobs.cancel(job))

    def pause(self, job: str) -> None:
        """Ask the job to stand still; it keeps a checkpoint."""
        self._ask(job, "pause", lambda: self._client().fine_tuning.jobs.pause(job))

    def unpause(self, job: str) -> None:
        """Let a paused job go on."""
        self._ask(job, "resume", lambda: self._client().fine_tuning.jobs.resume(job), only=JobState.paused)

    def _ask(self, job: str, what: str, request: Callable[[], object], only: JobState | None = None) -> None:
        self._board.forget(job)
        state = state_of(self._board.look(job))
        if state in ENDS or (only is not None and state is not only) or (what == "pause" and state is JobState.paused):
            return
        try:
            self._calls.read(f"{what} the job {job}", request)
        except Refused as refused:
            self._board.forget(job)
            if state_of(self._board.look(job)) not in ENDS:  # else it ended at that moment
                raise unknown(job, self.name, refused) from None
        finally:
            self._board.forget(job)

    def result(self, job: str) -> JobResult:
        """What a succeeded job left; ``tokens`` are those that are billed."""
        native = self._board.look(job)
        model = str(native.get("fine_tuned_model") or "")
        if state_of(native) is not JobState.succeeded:
            raise ProviderError(
                f"the job {job!r} has left no result: it is {native.get('status')}", help="poll it until it has"
            )
        metrics = self._metrics(native, JobState.succeeded, 0, anew=True)
        tokens = int(native.get("trained_tokens") or 0)
        held_out = [metric.validation_loss for metric in metrics if metric.validation_loss is not None]
        return JobResult(
            model=model,
            sha256=hashlib.sha256(model.encode()).hexdigest(),
            tokens=tokens,
            trained_tokens=tokens,
            seconds=max(0.0, float(native.get("finished_at") or 0) - float(native.get("created_at") or 0)),
            final_loss=metrics[-1].loss if metrics else None,
            validation_loss=held_out[-1] if held_out else None,
            artefacts=tuple(str(file) for file in native.get("result_files") or ()),
            checkpoints=self._kept(job),
        )

    def checkpoints(self, job: str) -> tuple[Checkpoint, ...]:
        """The models of the last epochs, the earliest first."""
        listed = self._calls.read(
            f"list the checkpoints of {job}",
            lambda: [each.to_dict(warnings=False) for each in self._client().fine_tuning.jobs.checkpoints.list(job)],
        )
        found = (checkpoint_of(native) for native in listed)
        return tuple(sorted(found, key=lambda checkpoint: checkpoint.step))

    def _kept(self, job: str) -> tuple[Checkpoint, ...]:
        """The checkpoints, or none: a gateway that knows of none makes no failure of a training that succeeded."""
        with suppress(ProviderError):
            return self.checkpoints(job)
        return ()

    # -- what stays ---------------------------------------------------------------------------------------------

    def deploy(self, model: str) -> str:
        """The name to call: the model's own where tuned models serve themselves, else its deployment's."""
        return self._deployments.deploy(model) if self._deployments is not None else model

    def undeploy(self, deployment: str) -> None:
        """Stop paying for a deployment; where models serve themselves there is none."""
        if self._deployments is not None:
            self._deployments.undeploy(deployment)

    def delete(self, model: str) -> None:
        """Remove a tuned model, or a file by its id; one that is gone already is no error."""
        if model.startswith("file-"):
            self._files.delete(model)
            return
        try:
            self._calls.read(f"delete the model {model}", lambda: self._client().models.delete(model))
        except Refused as refused:
            if not refused.absent:
                raise

    def forget_rows(self, job: str) -> tuple[str, ...]:
        """Delete the files that we sent for a job, but those that an unfinished one was given too."""
        native = self._board.look(job)
        sent = {str(native.get(which)) for which in FILES_OF_JOB if native.get(which)}
        ours = {str(file["id"]) for file, _digits in self._files.ours()}
        needed = {
            str(other.get(which)) for other in self._listed() if state_of(other) not in ENDS for which in FILES_OF_JOB
        }
        gone = tuple(sorted(sent & ours - needed))
        for file in gone:
            self._files.delete(file)
        return gone

    def token_counter(self, model: str) -> Callable[[Sequence[Message]], int]:
        """Counts as OpenAI bills, with the model's encoding, or that of the newest ones where it is not known."""
        limits = row_limits(model)
        counter = OpenAICounter(limits.encoding if limits is not None and limits.encoding else "o200k_base")
        return lambda messages: sum(segment.tokens for segment in counter.segments(messages))

    def holds(self, model: str) -> bool:
        """Whether a tuned model is still there."""
        return self._retrieved(model) is not None

    def remnants(self) -> tuple[Remnant, ...]:
        """Unfinished jobs that carry our mark, our files, and our deployments."""
        files = {str(file["id"]): (file, digits) for file, digits in self._files.ours()}
        jobs = (remnant_of(job, files) for job in self._listed() if state_of(job) not in ENDS)
        return (
            *(job for job in jobs if job is not None),
            *(Remnant(kind="file", id=id, key=digits, note=size_of(file)) for id, (file, digits) in files.items()),
            *(self._deployments.remnants() if self._deployments is not None else ()),
        )

    def remove(self, remnant: Remnant) -> None:
        """Stop a job, delete a file, or take a deployment down."""
        act = {"job": self.cancel, "file": self.delete, "deployment": self.undeploy}[remnant.kind]
        act(remnant.id)
