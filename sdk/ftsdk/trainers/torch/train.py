"""The torch trainer's loop: the embedded engine's batches, order, schedule and checkpoints, on any device and number.

transformers' and TRL's own loops are not used: they average losses by another rule and shuffle in another order, so
that the two engines would not train alike, and their checkpoints do not resume to identical numbers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from ftsdk.errors import FtsdkError
from ftsdk.trainers.contract import StepMetric, TrainerConfig, TrainerResult
from ftsdk.trainers.smol.batches import Row, batches, read_rows
from ftsdk.trainers.smol.checkpoint import Progress
from ftsdk.trainers.smol.optimiser import learning_rate
from ftsdk.trainers.smol.output import Metrics, Pulse, Stage
from ftsdk.trainers.smol.train import LAST_STEPS, StopAsked, Stopped, mean_loss
from ftsdk.trainers.torch.adam import AdapterAdam
from ftsdk.trainers.torch.batch import groups, log_likelihoods
from ftsdk.trainers.torch.hashes import check_model
from ftsdk.trainers.torch.model import adapt, load
from ftsdk.trainers.torch.output import export


def train(config: TrainerConfig, pulse: Pulse | None, stop_asked: StopAsked) -> TrainerResult | None:
    """Do what ``config`` says, going on from its checkpoint if there is one.

    The first process has a ``pulse``, writes every file and returns the result; the others have none and return None.
    Raises Stopped when the first is asked to stop, FtsdkError for what cannot be used, OSError for the disk.
    """
    import torch

    if pulse is not None:
        check_model(config.model_path, config.model_sha256)
    try:
        return _Training(config, pulse, stop_asked).run()
    except torch.OutOfMemoryError as error:
        raise FtsdkError(
            "the device ran out of memory; the last checkpoint is kept",
            help="set method.gradient_checkpointing or lower method.batch_size, then apply again",
            owner="configuration",
        ) from error


class _Training:
    """One attempt of one process; what must survive it is in ``progress`` and ``adam``."""

    def __init__(self, config: TrainerConfig, pulse: Pulse | None, stop_asked: StopAsked) -> None:
        import torch
        from accelerate import Accelerator

        self.config, self.numbers, self.pulse, self.stop_asked = config, config.hyperparameters, pulse, stop_asked
        # Without the word accelerate takes the processes of torchrun on a CPU for as many trainings.
        self.accelerator = Accelerator(cpu=not torch.accelerator.is_available())
        self.device = self.accelerator.device
        self.half = _half(config.precision, self.device)
        if self.device.type == "cpu":
            torch.set_num_threads(max(1, config.threads // self.accelerator.num_processes))
        loaded = load(config.model_path, torch.bfloat16 if self.half else torch.float32)
        self.rows = read_rows(config.train, config.data_sha256, loaded.tokens, config.max_tokens)
        self.held_out = self._validation_rows(loaded.tokens)
        self.base = loaded.base
        self.model = adapt(loaded, self.numbers).to(self.device)
        if config.gradient_checkpointing:
            self.model.enable_input_require_grads()
            self.model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        self.adam = AdapterAdam(self.model, self.numbers, self.accelerator)
        self.steps = self.numbers.epochs * math.ceil(len(self.rows) / self.numbers.batch_size)
        self.output, self.progress = Path(config.output), Progress(config.key)

    def run(self) -> TrainerResult | None:
        """Train to the end and export."""
        self.progress = self.adam.restore(self.output, self.config.key) or self.progress
        metrics = Metrics(self.output, self.progress.step) if self.pulse else None
        try:
            self._loop(metrics)
        finally:
            if metrics:
                metrics.close()
        self._show("exporting")
        if metrics is None:
            return None
        steps = metrics.read()
        return export(
            self.config,
            self.model,
            self.progress,
            base=self.base,
            rows=len(self.rows),
            engine=engine_name(self.device, self.half, self.accelerator.num_processes),
            final_loss=mean_loss(steps[-LAST_STEPS:]),
            validation_loss=steps[-1].validation_loss,
        )

    def _validation_rows(self, tokens: Any) -> list[Row]:
        if self.config.validation is None:
            return []
        return read_rows(self.config.validation, self.config.validation_sha256 or "", tokens, self.config.max_tokens)

    def _loop(self, metrics: Metrics | None) -> None:
        self._show("training")
        saved_at = time.monotonic()
        for step in range(self.progress.step, self.steps):
            metric, stop = self._step(step)
            if metrics:
                metrics.append(metric)
            self._show("training")
            if self.pulse and (stop or time.monotonic() - saved_at >= self.config.checkpoint_seconds):
                self.adam.save(self.output, self.progress)
                saved_at = time.monotonic()
            if stop:
                raise Stopped

    def _step(self, step: int) -> tuple[StepMetric, bool]:
        """One batch, its rows shared out over the processes; whether the first process was asked to stop."""
        started = time.monotonic()
        per_epoch = self.steps // self.numbers.epochs
        epoch, place = divmod(step, per_epoch)
        batch = [
            self.rows[row] for row in batches(len(self.rows), self.numbers.batch_size, self.numbers.seed, epoch)[place]
        ]
        trained = sum(len(row.wanted) for row in batch)
        loss = self._backward(self._share(batch), trained)
        rate = learning_rate(step, self.steps, self.numbers)
        asked = float(self.pulse is not None and self.stop_asked())
        norm, (loss, stop) = self.adam.step(rate, [loss, asked])
        validation = self._validation_loss() if self.held_out and (step + 1) % per_epoch == 0 else None
        metric = self._metric(step, batch, loss / trained, time.monotonic() - started)
        found = {"learning_rate": rate, "grad_norm": norm, "validation_loss": validation}
        return metric.model_copy(update=found), stop > 0

    def _share(self, rows: Sequence[Row]) -> Sequence[Row]:
        """This process's part of some rows."""
        return rows[self.accelerator.process_index :: self.accelerator.num_processes]

    def _backward(self, rows: Sequence[Row], in_batch: int) -> float:
        """Add the gradient of the batch's mean loss over these rows; their summed loss."""
        self.model.train()
        total = 0.0
        for group in groups(rows, packed=self.config.packing):
            loss = self._summed_loss(group)
            (loss / in_batch).backward()
            total += float(loss.detach())
        return total

    def _summed_loss(self, group: Sequence[Row]) -> Any:
        with self._precision():
            scored = log_likelihoods(self.model, group, self.device, packed=self.config.packing)
        return -sum(row.sum() for row in scored)

    def _validation_loss(self) -> float:
        """Mean loss over the validation rows' answers, each process scoring its share."""
        import torch

        self.model.eval()
        with torch.no_grad():
            mine = [float(self._summed_loss(group)) for group in groups(self._share(self.held_out), packed=False)]
        total = self.accelerator.reduce(torch.tensor([sum(mine)], device=self.device), reduction="sum")
        return float(total) / sum(len(row.wanted) for row in self.held_out)

    def _precision(self) -> AbstractContextManager[Any]:
        import torch

        return torch.autocast(self.device.type, torch.bfloat16) if self.half else nullcontext()

    def _metric(self, step: int, batch: Sequence[Row], loss: float, seconds: float) -> StepMetric:
        tokens, trained = sum(len(row.tokens) for row in batch), sum(len(row.wanted) for row in batch)
        self.progress = self.progress.after(step + 1, tokens, trained, seconds)
        return StepMetric(
            step=step + 1,
            steps=self.steps,
            epoch=(step + 1) * self.numbers.epochs / self.steps,
            loss=loss,
            tokens=tokens,
            trained_tokens=trained,
            seconds=seconds,
            at=time.time(),
        )

    def _show(self, stage: Stage) -> None:
        if self.pulse:
            self.pulse.stage, self.pulse.step, self.pulse.steps = stage, self.progress.step, self.steps


def _half(precision: str, device: Any) -> bool:
    """Whether to compute in bf16: as asked, or where the device is a GPU that has it."""
    import torch

    if precision != "auto":
        return precision == "bf16"
    return bool(device.type == "cuda" and torch.cuda.is_bf16_supported())


def engine_name(device: Any, half: bool, processes: int) -> str:
    """What did the arithmetic: adapters are identical only where this is the same."""
    import torch
    import transformers

    number = "bf16" if half else "fp32"
    return f"torch {torch.__version__} transformers {transformers.__version__} {device.type} {number} x{processes}"
