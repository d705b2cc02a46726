"""The optimiser steps that a run's events tell of."""

from __future__ import annotations

from collections.abc import Iterable

from ftsdk.runs.value import Event
from ftsdk.trainers.contract import StepMetric


def metrics_of(events: Iterable[Event]) -> tuple[StepMetric, ...]:
    """Every step, in order; one that was repeated after a crash counts once."""
    steps: dict[int, StepMetric] = {}
    for event in events:
        for metric in event.data.get("metrics", ()) if event.kind == "metric" else ():
            steps[metric["step"]] = StepMetric.model_validate(metric)
    return tuple(steps[number] for number in sorted(steps))
