"""Watching a run: bars in a terminal, few plain lines in a pipe, and a run that goes on without its watcher."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from ftsdk.report import plain_event, watch
from ftsdk.runs.value import Event, EventKind


def event(kind: EventKind, text: str = "", *, at: float = 0.0, **data: Any) -> Event:
    return Event(run="tickets-7f3a", seq=1, at=at, kind=kind, text=text, data=data)


def a_run() -> Iterator[Event]:
    """40 seconds of training, then one arm."""
    yield event("phase", "training on this machine", phase="train")
    for step in range(1, 41):
        steps = [{"step": number, "steps": 40, "loss": 2.0 / number} for number in (max(1, step - 1), step)]
        yield event("metric", at=step, metrics=steps)
        yield event(
            "progress", at=step, stage="training", step=step, steps=40, tokens_per_second=5132.4, seconds_left=40 - step
        )
    yield event("phase", "1 arm, 64 rows", at=41, phase="evaluate")
    for done in range(65):
        yield event("progress", at=41 + done / 32, arm="tuned", done=done, total=64)
    yield event("message", "the report is written", at=44)


def watched(events: Iterator[Event], *, terminal: bool, width: int = 80) -> tuple[str, Event | None]:
    screen = StringIO()
    last = watch(events, Console(file=screen, width=width, force_terminal=terminal))
    return screen.getvalue(), last


def test_a_pipe_gets_plain_lines_and_progress_at_most_every_five_seconds() -> None:
    text, last = watched(a_run(), terminal=False)
    lines = text.splitlines()
    assert "\x1b" not in text
    assert lines[0] == "train     training on this machine"
    assert lines[1] == "train     step 1 of 40, loss 2.000"
    assert lines[2] == "train     step 6 of 40, loss 0.333, 5,132 tokens/s, 35 s left"
    assert "train     step 40 of 40, loss 0.050, 5,132 tokens/s" in lines
    assert lines[-2:] == ["evaluate  tuned: 64 of 64 rows", "          the report is written"]
    assert len(lines) == 14
    assert last is not None
    assert last.text == "the report is written"


def test_a_wide_terminal_also_gets_the_way_of_the_loss_and_what_it_has_cost() -> None:
    told = [event.model_copy(update={"data": event.data | {"usd": 1.5}}) for event in a_run()]
    text, _ = watched(iter(told), terminal=True, width=120)
    assert "█" in text
    assert "▁▁▁, loss 0.050" in text
    assert "$1.50 so far" in text


def test_a_terminal_gets_bars_with_loss_speed_and_rows() -> None:
    text, _ = watched(a_run(), terminal=True)
    assert "\x1b" in text
    for part in ("training", "40/40", "loss 0.050, 5,132 tokens/s", "tuned", "64/64", "the report is written"):
        assert part in text


@pytest.mark.parametrize("terminal", [False, True])
def test_ctrl_c_says_that_the_run_goes_on_and_how_to_come_back(terminal: bool) -> None:
    def interrupted() -> Iterator[Event]:
        yield event("phase", "training", phase="train")
        raise KeyboardInterrupt

    screen = StringIO()
    with pytest.raises(KeyboardInterrupt):
        watch(interrupted(), Console(file=screen, width=80, force_terminal=terminal))
    assert (
        "the run goes on where it stands; `ft status tickets-7f3a` shows it, `ft attach tickets-7f3a` goes on"
        in screen.getvalue()
    )


def test_no_events_are_no_news() -> None:
    assert watched(iter(()), terminal=False) == ("", None)


def test_a_failure_says_whose_it_is_and_what_is_next() -> None:
    failure = event("failure", owner="quota", message="the disk is full", help="free 200 MB, then apply again")
    assert plain_event(failure) == (
        "failed    the disk is full (whose: quota)\n          next: free 200 MB, then apply again"
    )


def test_what_a_trainer_says_cannot_move_the_cursor_or_colour_the_screen() -> None:
    text, _ = watched(iter([event("message", "\x1b[2J[red]x[/red]\rgone")]), terminal=False)
    assert text == "          ⟨U+001B⟩[2J[red]x[/red]⟨U+000D⟩gone\n"


def test_a_stage_without_steps_is_said_once_and_shares_the_bar_of_training() -> None:
    events = [
        event("progress", at=at, stage=stage, step=step, steps=40)
        for at, stage, step in ((0, "loading", 0), (9, "loading", 0), (18, "caching", 0), (27, "training", 1))
    ]
    text, _ = watched(iter(events), terminal=False)
    assert text.splitlines() == ["train     loading", "train     caching", "train     step 1 of 40"]
    bars, _ = watched(iter(events), terminal=True)
    assert "training" in bars
    assert "caching" not in bars.split("training")[-1]
