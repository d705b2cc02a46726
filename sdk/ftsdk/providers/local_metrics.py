"""A trainer's metrics.jsonl, read a piece at a time; a resumed trainer may have cut it back in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from ftsdk.providers.base import Progress
from ftsdk.trainers.contract import Heartbeat, StepMetric

PACE_STEPS = 10
TAIL_BYTES = 16_384


def read_metrics(path: Path, cursor: str = "") -> tuple[tuple[StepMetric, ...], str]:
    """Metrics after ``cursor`` and the next cursor, ``BYTES:STEP``; no step is told twice, none is left out."""
    offset, step = _parse(cursor)
    content = path.read_bytes() if path.is_file() else b""
    whole = content[: content.rfind(b"\n") + 1]  # the last line may be half written
    if not _continues(whole, offset, step):
        offset = 0
    fresh = tuple(metric for metric in _metrics(whole[offset:]) if metric.step > step)
    return fresh, f"{len(whole)}:{fresh[-1].step if fresh else step}"


def read_progress(path: Path, heartbeat: Heartbeat) -> Progress:
    """How far a job is, and at which pace over its last few steps."""
    with_size = path.stat().st_size if path.is_file() else 0
    recent: list[StepMetric] = []
    if with_size:
        with path.open("rb") as file:
            file.seek(max(0, with_size - TAIL_BYTES))
            recent = list(_metrics(file.read()))[-PACE_STEPS:]
    seconds = sum(metric.seconds for metric in recent)
    if heartbeat.stage != "training" or not seconds:
        return Progress(stage=heartbeat.stage, step=heartbeat.step, steps=heartbeat.steps)
    return Progress(
        stage=heartbeat.stage,
        step=heartbeat.step,
        steps=heartbeat.steps,
        tokens_per_second=sum(metric.tokens for metric in recent) / seconds,
        seconds_left=(heartbeat.steps - heartbeat.step) * seconds / len(recent),
    )


def _parse(cursor: str) -> tuple[int, int]:
    offset, _, step = cursor.partition(":")
    return (int(offset), int(step)) if offset.isdigit() and step.isdigit() else (0, 0)


def _continues(whole: bytes, offset: int, step: int) -> bool:
    """Whether what stands at ``offset`` follows ``step``: not when the file was cut back, or cut back and regrown."""
    if offset > len(whole) or (offset and whole[offset - 1 : offset] != b"\n"):
        return False
    first = next(_metrics(whole[offset:]), None)
    return first is None or first.step == step + 1


def _metrics(lines: bytes) -> Iterator[StepMetric]:
    for line in lines.splitlines():
        try:
            yield StepMetric.model_validate_json(line)
        except ValidationError:  # the cut first line of a tail, or a line that a full disk cut short
            continue
