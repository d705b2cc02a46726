"""The embedded provider: one small model, trained and answered on this machine, with no account."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from ftsdk.catalogue.models import EmbeddedModel, find_model
from ftsdk.data.written import written_whole
from ftsdk.diagnostics import Diagnostic, Severity
from ftsdk.errors import ModelMissing, ProviderError, WrongHash
from ftsdk.providers import local_estimate
from ftsdk.providers.base import Capabilities, Checkpoint, FileRef, JobResult, Order, Poll, Remnant
from ftsdk.providers.files import copy_hashed, explained, sha256_of
from ftsdk.providers.inference import InferenceClient
from ftsdk.providers.local_checks import check_order, check_rows
from ftsdk.providers.local_directory import engine_options
from ftsdk.providers.local_engine import Engine, smol
from ftsdk.providers.local_inference import LocalInference
from ftsdk.providers.local_job import LocalJob
from ftsdk.providers.local_metrics import read_metrics, read_progress
from ftsdk.providers.local_tokens import ChatCounter
from ftsdk.providers.models import identify, locate
from ftsdk.trainers.contract import Hyperparameters, TrainerConfig, TrainerResult

AT_STEP = "@step-"  # after a job's id: the model as it was at that step
TUNED = "local:"  # a tuned model's id is this and its job's id
WEIGHTS = "adapter_model.safetensors"


class LocalProvider:
    """Trains in a child process that outlives us, and answers in another; everything lies below ``jobs``.

    ``model_path`` is a model file to use instead of the one in ``cache``. A job's id is its order's key. Many
    processes may use the same directory at once.
    """

    def __init__(
        self,
        name: str,
        jobs: Path,
        model_path: Path | None = None,
        cache: Path | None = None,
        engine: Engine | None = None,
    ) -> None:
        self.name = name
        self._jobs = jobs.absolute()
        self._model_path = model_path
        self._cache = cache
        self._engine = engine or smol()

    def capabilities(self, model: str) -> Capabilities:
        """What can be done with ``model`` here; ``available`` says whether its file is at hand."""
        row = find_model(model)
        return Capabilities(
            model=row.name,
            methods=row.methods,
            context_tokens=row.context_tokens,
            retires=row.retires,
            serves_tuned=True,
            available=self._missing(row) is None,
            note=self._engine.note,
        )

    def check(self, order: Order) -> tuple[Diagnostic, ...]:
        """Everything that can be refused before training: model, method, rows, disk; little memory is a warning."""
        return tuple(self._findings(order))

    def upload(self, order: Order) -> str:
        """Keep a copy of the order's files by their content, so that later edits do not reach the job."""
        for file in order.files:
            self._keep(file)
        return order.train.sha256

    def create(self, order: Order, file: str) -> str:
        """Write the job once and start its trainer; the same key again only looks at the job that is there."""
        self._engine.check_extra()
        row, path, job = find_model(order.model), self._locate(order.model), self._job(order.key)
        if not job.exists() and not self._file(file).is_file():
            raise ProviderError(
                f"no training file {file!r} was kept; nothing was started", help="upload the order first"
            )
        if order.hyperparameters is None:
            raise ProviderError("an order without hyperparameters cannot be trained here", help="plan again")
        job.write(
            TrainerConfig(
                key=order.key,
                model=row.name,
                model_path=str(path.absolute()),
                model_sha256=self._sha256(row, path),
                train=str(self._file(file)),
                data_sha256=file,
                validation=str(self._file(order.validation.sha256)) if order.validation else None,
                validation_sha256=order.validation.sha256 if order.validation else None,
                output=str(job.directory),
                hyperparameters=order.hyperparameters,
                max_tokens=order.max_tokens,
                **engine_options(order.settings),
            )
        )
        job.look(self._engine)
        return order.key

    def find(self, key: str) -> tuple[str, ...]:
        """The job of this key, when it was created."""
        return (key,) if self._job(key).exists() else ()

    def poll(self, job: str, cursor: str = "") -> Poll:
        """One look; a trainer that died is started again and goes on from its checkpoint."""
        known = self._known(job)
        look = known.look(self._engine)
        metrics, next_cursor = read_metrics(known.metrics, cursor)
        heartbeat = known.heartbeat()
        return Poll(
            state=look.state,
            native=look.native,
            cursor=next_cursor,
            progress=read_progress(known.metrics, heartbeat) if heartbeat else None,
            metrics=metrics,
            failure=look.failure,
        )

    def cancel(self, job: str) -> None:
        """Ask the trainer to write a checkpoint and stop."""
        self._known(job).cancel()

    def resume(self, job: str) -> None:
        """Go on with a job that failed or was cancelled, from its last checkpoint."""
        known = self._known(job)
        known.resume()
        known.look(self._engine)

    def result(self, job: str) -> JobResult:
        """What a succeeded job left; raises ProviderError before that."""
        known = self._known(job)
        result = self._result(known, job)
        return JobResult(
            model=f"{TUNED}{job}",
            sha256=result.adapter_sha256,
            tokens=result.tokens,
            trained_tokens=result.trained_tokens,
            seconds=result.seconds,
            final_loss=result.final_loss,
            validation_loss=result.validation_loss,
            artefacts=(str(known.adapter), str(known.metrics), str(known.log)),
            checkpoints=self.checkpoints(job),
        )

    def checkpoints(self, job: str) -> tuple[Checkpoint, ...]:
        """The ends of the last epochs but the very last, the earliest first."""
        known = self._known(job)
        steps = {metric.step: metric for metric in read_metrics(known.metrics, "")[0]}
        return tuple(
            Checkpoint(
                model=f"{TUNED}{job}{AT_STEP}{step}",
                step=step,
                loss=steps[step].loss if step in steps else None,
                validation_loss=steps[step].validation_loss if step in steps else None,
            )
            for step in sorted(self._result(known, job).checkpoints)
        )

    def deploy(self, model: str) -> str:
        """Nothing to do: a tuned model answers where it lies."""
        return model

    def undeploy(self, deployment: str) -> None:
        """Nothing to do: nothing is kept running."""

    def inference(self, model: str) -> InferenceClient:
        """A client for a base model's name or a tuned model's id; its process starts with the first question."""
        base, adapter = self._weights(model)
        arguments = ["--model", str(base)] + (["--adapter", str(adapter)] if adapter else [])
        log = self._jobs / ".serving" / f"{quote(model, safe='')}.log"
        return LocalInference(model, [*self._engine.server, *arguments], self._engine.environment(), log)

    def export_adapter(self, model: str, directory: Path) -> None:
        """Copy a tuned model's PEFT adapter, with its card, into a new directory."""
        _base, adapter = self._tuned(model)
        if directory.exists():
            raise ProviderError(
                f"{directory} exists; nothing was written", help="name a new directory", owner="configuration"
            )
        with explained("export the adapter", directory):
            shutil.copytree(adapter, directory)

    def export_gguf(self, model: str, file: Path) -> None:
        """Write base and adapter merged, as one GGUF; needs about 700 MB of memory while it does."""
        from ftsdk.trainers.smol.export import merge_adapter, write_merged_gguf
        from ftsdk.trainers.smol.weights import load_llama

        base, adapter = self._tuned(model)
        if base.is_dir():
            raise ProviderError(
                f"{model!r} was tuned from the directory {base}; only the embedded engine's file is merged to GGUF",
                help="export the adapter; llama.cpp's convert_lora_to_gguf.py and PEFT's merge_and_unload take it",
                owner="configuration",
            )
        with explained("export the merged model", file):
            llama = load_llama(base)
            write_merged_gguf(file, llama, merge_adapter(llama, adapter))

    def delete(self, model: str) -> None:
        """Remove a tuned model's weights, or a kept training file by its id; the job's record stays."""
        if not model.startswith(TUNED):
            with explained("remove the training file", self._file(model)):
                self._file(model).unlink(missing_ok=True)
            return
        job = self._known(model.removeprefix(TUNED))
        self._result(job, job.directory.name)
        with explained("remove the tuned model", job.adapter):
            for directory in (job.adapter, job.directory / "checkpoint", job.directory / "checkpoints"):
                if directory.exists():
                    shutil.rmtree(directory)

    def remnants(self) -> tuple[Remnant, ...]:
        """Jobs that are not at their end, and kept training files; nothing is served that costs."""
        directories = sorted(self._jobs.glob("ftsdk-*/")) if self._jobs.is_dir() else []
        jobs = [LocalJob(directory) for directory in directories]
        unfinished = [(job.config().key, job.standing()) for job in jobs if job.exists() and not job.at_its_end()]
        files = sorted((self._jobs / ".files").glob("*.jsonl"))
        return (
            *(Remnant(kind="job", id=key, key=key, note=note) for key, note in unfinished),
            *(Remnant(kind="file", id=path.stem, key=path.stem, note=f"{path.stat().st_size:,} B") for path in files),
        )

    def remove(self, remnant: Remnant) -> None:
        """Stop a job, which keeps its checkpoint, or delete a kept training file."""
        if remnant.kind == "job":
            self.cancel(remnant.id)
        else:
            self.delete(remnant.id)

    def token_counter(self, model: str) -> ChatCounter:
        """Counts a chat's tokens as this model reads and learns them; raises ModelMissing without its file."""
        from ftsdk.providers.local_directory import directory_tokens
        from ftsdk.trainers.smol.gguf_file import read_gguf
        from ftsdk.trainers.smol.tokenizer import Tokenizer

        path = self._locate(model)
        if path.is_dir():
            self._engine.check_extra()
            return ChatCounter(directory_tokens(path))
        return ChatCounter(Tokenizer(read_gguf(path).values))

    def estimate_seconds(self, tokens: int, hyperparameters: Hyperparameters) -> tuple[float, float, float]:
        """Low, likely and high seconds of training ``tokens`` tokens (all epochs) on this machine, as busy as it is."""
        return local_estimate.estimate_seconds(tokens, hyperparameters)

    def _keep(self, file: FileRef) -> None:
        kept = self._file(file.sha256)
        with explained("keep the training file", kept):
            if not kept.is_file():
                kept.parent.mkdir(parents=True, exist_ok=True)
                _copy_by_hash(Path(file.path), kept, file.sha256)

    def _findings(self, order: Order) -> Iterator[Diagnostic]:
        self._engine.check_extra()
        row = find_model(order.model)
        yield from check_order(order, row, self._jobs, self._engine.precisions)
        if missing := self._missing(row):
            yield Diagnostic(code="local/model", severity=Severity.error, message=missing.message, help=missing.help)
        else:
            yield from check_rows(order, self.token_counter(order.model))

    def _missing(self, row: EmbeddedModel) -> ProviderError | None:
        try:
            self._locate(row.name)
        except (ModelMissing, WrongHash) as error:
            return error
        return None

    def _locate(self, model: str) -> Path:
        if self._engine.directories and self._model_path is not None and self._model_path.is_dir():
            return self._model_path
        return locate(model, override=self._model_path, cache=self._cache)

    def _sha256(self, row: EmbeddedModel, path: Path) -> str:
        if path.is_dir():
            from ftsdk.trainers.torch.hashes import directory_sha256

            return directory_sha256(path)
        return identify(path, cache=self._cache) if self._model_path else row.package.file_sha256

    def _file(self, sha256: str) -> Path:
        return self._jobs / ".files" / f"{quote(sha256, safe='')}.jsonl"

    def _job(self, key: str) -> LocalJob:
        # A key is any text; as a directory it may neither climb nor hide.
        return LocalJob(self._jobs / quote(key, safe="").replace(".", "%2E"))

    def _known(self, job: str) -> LocalJob:
        known = self._job(job)
        if not known.exists():
            raise ProviderError(
                f"no job {job!r} with the connection {self.name!r}: nothing lies in {known.directory}",
                help="ft runs lists the runs and their jobs",
            )
        return known

    def _result(self, job: LocalJob, name: str) -> TrainerResult:
        if (result := job.result()) is None:
            raise ProviderError(
                f"the job {name!r} has left no result: it has not succeeded", help="poll it until it has"
            )
        return result

    def _tuned(self, model: str) -> tuple[Path, Path]:
        base, adapter = self._weights(model)
        if adapter is None:
            raise ProviderError(f"{model!r} is not a tuned model", help="ft runs lists the runs that have one")
        return base, adapter

    def _weights(self, model: str) -> tuple[Path, Path | None]:
        """The model file and, for a tuned model's id, its adapter directory, checked against the job's result."""
        if not model.startswith(TUNED):
            return self._locate(model), None
        name, _, at = model.removeprefix(TUNED).partition(AT_STEP)
        step = int(at) if at.isdecimal() else None
        job = self._known(name)
        result, weights = self._result(job, model), job.adapter_of(step) / WEIGHTS
        if not weights.is_file():
            raise ModelMissing(f"the weights of {model!r} are gone: {weights}", help="apply its spec again to train it")
        if sha256_of(weights) != (result.adapter_sha256 if step is None else result.checkpoints.get(step)):
            raise WrongHash(f"{weights} is not what training left", help="restore it, or apply its spec again")
        return self._locate(job.config().model), weights.parent


def _copy_by_hash(source: Path, target: Path, sha256: str) -> None:
    if not source.is_file():
        raise ProviderError(f"the training file {source} does not exist", help="plan again", owner="data")
    with source.open("rb") as rows, written_whole(target) as copy:
        if copy_hashed(rows, copy)[0] != sha256:
            raise WrongHash(f"the training file {source} changed after it was planned", help="plan again")
