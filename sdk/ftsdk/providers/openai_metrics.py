"""Steps of a job out of its events, and out of the results file that a finished job leaves."""

from __future__ import annotations

import base64
import binascii
import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from ftsdk.trainers.contract import StepMetric

# Azure calls two columns otherwise.
_VALIDATION = ("full_valid_loss", "full_validation_loss", "valid_loss", "validation_loss")
_ACCURACY = ("train_mean_token_accuracy", "train_accuracy")


def metric_of(event: Mapping[str, Any]) -> StepMetric | None:
    """The step that an event of type ``metrics`` tells; None for any other."""
    data = event.get("data")
    if event.get("type") != "metrics" or not isinstance(data, Mapping):
        return None
    return _metric(data, float(event.get("created_at") or 0), 0)


def metrics_of_file(content: bytes, at: float) -> tuple[StepMetric, ...]:
    """The steps of a results file: CSV, or the same in base64; ``at`` stands for the time, which it does not tell."""
    rows = list(csv.DictReader(io.StringIO(_text(content))))
    numbered = [{name: value for name, value in row.items() if name and value} for row in rows]
    steps = max((int(step) for row in numbered if (step := _number(row.get("step"))) is not None), default=0)
    found = (_metric(row, at, steps) for row in numbered)
    return tuple(metric for metric in found if metric is not None)


def merged(told: Iterable[StepMetric], filed: Iterable[StepMetric]) -> tuple[StepMetric, ...]:
    """Both in the order of their steps; an event knows more of a step than the file."""
    steps = {metric.step: metric for metric in filed} | {metric.step: metric for metric in told}
    return tuple(steps[step] for step in sorted(steps))


def _metric(data: Mapping[str, Any], at: float, steps: int) -> StepMetric | None:
    step, loss = _number(data.get("step")), _number(data.get("train_loss"))
    if step is None or loss is None:
        return None
    total = int(_number(data.get("total_steps")) or steps or step)
    return StepMetric(
        step=int(step),
        steps=total,
        epoch=step / total if total else 0.0,
        loss=loss,
        at=at,
        validation_loss=_first(data, _VALIDATION),
        accuracy=_first(data, _ACCURACY),
    )


def _first(data: Mapping[str, Any], names: Iterable[str]) -> float | None:
    return next((number for name in names if (number := _number(data.get(name))) is not None), None)


def _number(value: Any) -> float | None:
    """A finite number; the columns of steps without a look at the validation rows are empty, or -1 of old."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0 <= number < float("inf") else None


def _text(content: bytes) -> str:
    """The CSV, whether it came as it is or in base64."""
    plain = content.decode("utf-8-sig", "replace")
    if plain.lstrip().startswith("step"):
        return plain
    try:
        return base64.b64decode("".join(plain.split()), validate=True).decode("utf-8-sig", "replace")
    except (binascii.Error, ValueError):
        return plain
