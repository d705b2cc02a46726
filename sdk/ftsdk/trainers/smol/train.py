"""The training loop: read, fill the cache, step, write checkpoints, export; stops on request and goes on later."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from ftsdk.errors import ModelMissing, UsageError, WrongHash
from ftsdk.trainers.contract import StepMetric, TrainerConfig, TrainerResult
from ftsdk.trainers.smol.batches import ActivationCache, batches, read_rows, shared_prefix
from ftsdk.trainers.smol.card import write_card
from ftsdk.trainers.smol.checkpoint import Checkpoint, Progress, read_checkpoint, write_checkpoint
from ftsdk.trainers.smol.environment import engine_name
from ftsdk.trainers.smol.export import WEIGHTS, write_adapter
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.gradient import GradientOfBatch
from ftsdk.trainers.smol.lora import Adapter
from ftsdk.trainers.smol.loss import Flags, Vocabulary
from ftsdk.trainers.smol.optimiser import Adam, clip, learning_rate
from ftsdk.trainers.smol.output import Metrics, Pulse, Stage, replace_file
from ftsdk.trainers.smol.tokenizer import Tokenizer
from ftsdk.trainers.smol.validation import Validation
from ftsdk.trainers.smol.weights import Llama, load_llama

# The last state and these many ends of epochs before it can be compared.
EPOCHS_KEPT = 2
# The loss that the result reports is the mean over the tokens of this many last steps: one step alone is noise.
LAST_STEPS = 10

# From this share of the steps on, only tokens are scored that are a label or were likely since the other share: before
# that the model still says anything.
CUT_VOCABULARY, LOOK_FOR_LIKELY = 1 / 4, 1 / 8

# A batch is halved between two threads and their gradients are added, on every machine: the adapter does not depend on
# how many cores there are.
LANES = 2

StopAsked = Callable[[], bool]


class Stopped(Exception):
    """Somebody asked the trainer to stop; what it had is in its checkpoint."""


def check_model_file(path: str, sha256: str) -> None:
    """Raise ModelMissing or WrongHash unless the file is there and is the one that was meant."""
    try:
        with Path(path).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelMissing(
            f"the model file {path} cannot be read: {error.strerror}", help="`ft models pull` fetches it, by hash"
        ) from error
    if sha256 and found != sha256:
        raise WrongHash(
            f"the model file {path} has sha256 {found[:12]}..., not {sha256[:12]}...",
            help="remove it and run `ft models pull` again",
        )


def epoch_directory(output: Path, step: int) -> Path:
    """Where the adapter of an earlier state lies."""
    return output / "checkpoints" / f"step-{step}"


def train(config: TrainerConfig, pulse: Pulse, stop_asked: StopAsked) -> TrainerResult:
    """Do what ``config`` says, going on from its checkpoint if there is one.

    Raises Stopped when ``stop_asked`` says so, ModelMissing, WrongHash or FtsdkError for what cannot be used, OSError
    when the disk does not take it.
    """
    check_model_file(config.model_path, config.model_sha256)
    model = load_llama(config.model_path)
    with ThreadPoolExecutor(max(config.threads, LANES)) as pool:
        return _Training(config, model, pool, pulse, stop_asked).run()


class _Training:
    """One attempt at a job; what must survive it is in ``progress``, ``adapter``, ``adam`` and ``vocabulary``."""

    def __init__(
        self, config: TrainerConfig, model: Llama, pool: ThreadPoolExecutor, pulse: Pulse, stop_asked: StopAsked
    ) -> None:
        numbers = config.hyperparameters
        if not 1 <= numbers.layers <= model.config.layers:
            raise UsageError(
                f"{numbers.layers} layers to train, but the model has {model.config.layers}",
                help=f"choose 1 to {model.config.layers}",
            )
        self.progress = Progress(config.key)
        self.config, self.numbers, self.pulse, self.stop_asked = config, numbers, pulse, stop_asked
        self.pool = pool
        self.output = Path(config.output)
        self.model_config = model.config
        tokenizer = Tokenizer(model.file.values)
        self.rows = read_rows(config.train, config.data_sha256, tokenizer, config.max_tokens)
        self.steps = numbers.epochs * math.ceil(len(self.rows) / numbers.batch_size)
        prefix = shared_prefix(self.rows)
        frozen = model.config.layers - numbers.layers
        self.cache = ActivationCache(self.output, model, frozen, self.rows, prefix)
        self.validation: Validation | None = None
        if config.validation is not None:
            held_out = read_rows(config.validation, config.validation_sha256 or "", tokenizer, config.max_tokens)
            self.validation = Validation(self.output, model, frozen, held_out)
        self._fill_cache(pool, prefix)
        self.adapter = Adapter(model, layers=numbers.layers, rank=numbers.rank, alpha=numbers.alpha, seed=numbers.seed)
        model.layers.clear()  # the frozen layers have done their work, the others live on inside the adapter
        self.adam = Adam(self.adapter.theta.size, numbers)
        self.vocabulary = Vocabulary(model.embedding)
        self.vocabulary.seen[[label for row in self.rows for label in row.labels]] = True
        self.lanes = [
            GradientOfBatch(model, self.adapter, self.vocabulary, self.rows, self.cache, prefix) for _ in range(LANES)
        ]

    def run(self) -> TrainerResult:
        """Train to the end and export."""
        self._resume()
        self.progress = replace(self.progress, seconds=self.progress.seconds + self.caching_seconds)
        metrics = Metrics(self.output, self.progress.step)
        try:
            self._loop(metrics)
        finally:
            metrics.close()
        self._show("exporting")
        steps = metrics.read()
        result = self._export(mean_loss(steps[-LAST_STEPS:]), steps[-1].validation_loss)
        self.cache.remove()
        if self.validation:
            self.validation.cache.remove()
        return result

    def _fill_cache(self, pool: ThreadPoolExecutor, prefix: int) -> None:
        held_out = self.validation.rows if self.validation else ()
        self.pulse.stage, self.pulse.steps = "caching", len(self.rows) + len(held_out)
        same = (self.config.model_sha256, self.numbers.layers, engine_name())
        started = time.monotonic()
        if not self.cache.fill(repr((*same, self.config.data_sha256, prefix)), pool, self.config.threads, self._cached):
            raise Stopped
        if self.validation and not self.validation.cache.fill(
            repr((*same, self.config.validation_sha256)),
            pool,
            self.config.threads,
            lambda done: self._cached(len(self.rows) + done),
        ):
            raise Stopped
        self.pulse.step, self.pulse.steps = 0, self.steps
        self.caching_seconds = time.monotonic() - started

    def _cached(self, rows: int) -> bool:
        self.pulse.step = rows
        return self.stop_asked()

    def _resume(self) -> None:
        checkpoint = read_checkpoint(self.output, self.config.key)
        if checkpoint is None:
            return
        self.progress = checkpoint.progress
        self.adapter.theta[:] = checkpoint.theta
        self.adapter.install()
        self.adam.first[:], self.adam.second[:] = checkpoint.first, checkpoint.second
        self.vocabulary.seen[:] = checkpoint.seen

    def _loop(self, metrics: Metrics) -> None:
        self._show("training")
        saved_at = time.monotonic()
        for step in range(self.progress.step, self.steps):
            metrics.append(self._step(step))
            self._show("training")
            self._keep_epoch(step + 1)
            stop = self.stop_asked()
            if stop or time.monotonic() - saved_at >= self.config.checkpoint_seconds:
                self._save()
                saved_at = time.monotonic()
            if stop:
                raise Stopped

    def _step(self, step: int) -> StepMetric:
        """Take the gradient of the step's batch and move the adapter."""
        started = time.monotonic()
        cut = int(self.steps * CUT_VOCABULARY)
        if step >= cut:
            self.vocabulary.restrict()
        batch = self._batch(step)
        gradient, loss, likely = self._gradient(batch)
        if int(self.steps * LOOK_FOR_LIKELY) <= step < cut:
            self.vocabulary.seen |= likely
        rate, norm = self._move(step, gradient)
        metric = self._metric(step, batch, loss, rate, norm, time.monotonic() - started)
        return metric.model_copy(update={"validation_loss": self._validation_loss(step)})

    def _gradient(self, batch: list[int]) -> tuple[Floats, float, Flags]:
        """The gradient of the mean loss, the summed loss, and the tokens that were likely."""
        labels = sum(len(self.rows[row].labels) for row in batch)
        shares = self.lanes[0].shares(batch)
        scored = list(self.pool.map(lambda lane, share: lane(share, labels), self.lanes, shares))
        gradient = self.lanes[0].gradient
        for lane in self.lanes[1 : len(shares)]:
            gradient += lane.gradient
        return gradient, sum(one.loss for one in scored), np.logical_or.reduce([one.likely for one in scored])

    def _validation_loss(self, step: int) -> float | None:
        """What the validation rows say, when an epoch ended with ``step``; raises Stopped when that is asked for."""
        if self.validation is None or (step + 1) % (self.steps // self.numbers.epochs):
            return None
        loss = self.validation.loss(self.adapter, self.pool, self.stop_asked)
        if loss is None:
            raise Stopped  # the step is done again: the last checkpoint is from before it
        return loss

    def _batch(self, step: int) -> list[int]:
        epoch, place = divmod(step, self.steps // self.numbers.epochs)
        return batches(len(self.rows), self.numbers.batch_size, self.numbers.seed, epoch)[place]

    def _move(self, step: int, gradient: Floats) -> tuple[float, float]:
        """Move the adapter; the rate, and the gradient's norm before clipping."""
        rate = learning_rate(step, self.steps, self.numbers)
        norm = clip(gradient, self.numbers.max_grad_norm)
        self.adam.step(self.adapter.theta, gradient, rate, step + 1, self.pool)
        self.adapter.install()
        return rate, norm

    def _metric(self, step: int, batch: list[int], loss: float, rate: float, norm: float, seconds: float) -> StepMetric:
        """Count the step in ``progress`` and say what it did."""
        tokens = sum(len(self.rows[row].tokens) for row in batch)
        trained = sum(len(self.rows[row].wanted) for row in batch)
        self.progress = self.progress.after(step + 1, tokens, trained, seconds)
        return StepMetric(
            step=step + 1,
            steps=self.steps,
            epoch=(step + 1) * self.numbers.epochs / self.steps,
            loss=loss / trained,
            learning_rate=rate,
            grad_norm=norm,
            tokens=tokens,
            trained_tokens=trained,
            seconds=seconds,
            at=time.time(),
        )

    def _keep_epoch(self, step: int) -> None:
        """Keep the adapter as it is at the end of one of the last epochs but the very last: a model of its own."""
        if self._is_kept(step):
            write_adapter(epoch_directory(self.output, step), self.adapter, self.model_config, f"Step {step}.\n")

    def _is_kept(self, step: int) -> bool:
        epoch = self.steps // self.numbers.epochs
        return step % epoch == 0 and 0 < self.steps - step <= EPOCHS_KEPT * epoch

    def _save(self) -> None:
        write_checkpoint(
            self.output,
            Checkpoint(self.progress, self.adapter.theta, self.adam.first, self.adam.second, self.vocabulary.seen),
        )

    def _export(self, final_loss: float, validation_loss: float | None) -> TrainerResult:
        done = self.progress
        card = write_card(
            self.config,
            rows=len(self.rows),
            steps=self.steps,
            tokens=done.tokens,
            trained_tokens=done.trained_tokens,
            final_loss=final_loss,
            validation_loss=validation_loss,
        )
        sha256 = write_adapter(self.output / "adapter", self.adapter, self.model_config, card)
        result = TrainerResult(
            key=self.config.key,
            adapter="adapter",
            adapter_sha256=sha256,
            steps=self.steps,
            tokens=done.tokens,
            trained_tokens=done.trained_tokens,
            seconds=done.seconds,
            final_loss=final_loss,
            validation_loss=validation_loss,
            engine=engine_name(),
            checkpoints={
                step: hashlib.sha256((epoch_directory(self.output, step) / WEIGHTS).read_bytes()).hexdigest()
                for step in filter(self._is_kept, range(1, self.steps))
            },
        )
        replace_file(self.output / "result.json", result.model_dump_json(indent=2).encode())
        return result

    def _show(self, stage: Stage) -> None:
        self.pulse.stage, self.pulse.step = stage, self.progress.step


def mean_loss(steps: list[StepMetric]) -> float:
    """The mean loss a trained token over some steps."""
    return sum(step.loss * step.trained_tokens for step in steps) / sum(step.trained_tokens for step in steps)
