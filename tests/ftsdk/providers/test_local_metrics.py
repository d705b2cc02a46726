"""Metrics are told once each and in order, though a resumed trainer cuts the file back."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ftsdk.providers.local_metrics import read_metrics, read_progress
from ftsdk.trainers.contract import Heartbeat, StepMetric


def line(step: int, at: float = 0.0) -> str:
    metric = StepMetric(
        step=step, steps=50, epoch=0.1, loss=1.0, learning_rate=1e-3, grad_norm=1.0, tokens=200, trained_tokens=20,
        seconds=0.5, at=at,
    )  # fmt: skip
    return metric.model_dump_json() + "\n"


def test_there_is_nothing_to_tell_before_the_first_step(tmp_path: Path):
    assert read_metrics(tmp_path / "metrics.jsonl") == ((), "0:0")


def test_half_a_line_waits_until_it_is_whole(tmp_path: Path):
    path = tmp_path / "metrics.jsonl"
    path.write_text(line(1) + line(2)[:30])
    first, cursor = read_metrics(path)
    path.write_text(line(1) + line(2))
    second, _ = read_metrics(path, cursor)
    assert [metric.step for metric in (*first, *second)] == [1, 2]


def test_a_cursor_of_nonsense_starts_over(tmp_path: Path):
    path = tmp_path / "metrics.jsonl"
    path.write_text(line(1))
    assert len(read_metrics(path, "nonsense")[0]) == 1


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 6), st.booleans(), st.floats(0, 1e9)), max_size=12))
def test_whenever_the_file_is_cut_back_no_step_is_repeated_or_lost(tmp_path_factory, story):
    """Each chapter appends some steps, then cuts some away, and may be looked at in between."""
    path = tmp_path_factory.mktemp("story") / "metrics.jsonl"
    lines: list[str] = []
    cursor, told, furthest = "", [], 0
    for grow, cut, looked_at, at in story:
        lines += [line(len(lines) + n, at) for n in range(1, grow + 1)]
        furthest = max(furthest, len(lines))
        path.write_text("".join(lines))
        if looked_at:
            fresh, cursor = read_metrics(path, cursor)
            told += [metric.step for metric in fresh]
        lines = lines[: len(lines) - cut]
        path.write_text("".join(lines))
    lines += [line(n) for n in range(len(lines) + 1, furthest + 1)]
    path.write_text("".join(lines))
    told += [metric.step for metric in read_metrics(path, cursor)[0]]
    assert told == list(range(1, furthest + 1))


def test_the_pace_is_that_of_the_last_steps(tmp_path: Path):
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(line(step) for step in range(1, 31)))
    progress = read_progress(path, Heartbeat(pid=1, at=0.0, stage="training", step=30, steps=50))
    assert progress.tokens_per_second == 400
    assert progress.seconds_left == 10


def test_before_training_there_is_a_stage_and_no_pace(tmp_path: Path):
    progress = read_progress(tmp_path / "metrics.jsonl", Heartbeat(pid=1, at=0.0, stage="loading"))
    assert (progress.stage, progress.tokens_per_second, progress.seconds_left) == ("loading", None, None)
