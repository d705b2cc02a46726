"""The progress card of a run: one message, edited in place, that says where the run is at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any, NamedTuple

import ftsdk
from ftbot.screens.blocks import (
    Block,
    Element,
    actions,
    button,
    chart,
    confirmation,
    line,
    message,
    moment,
    paragraph,
    person,
    rich,
    words,
)
from ftbot.screens.text import clip

POINTS = 16

# What people call the phases of a run, in order, each with the phases that it covers.
TASKS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("data", "Check and upload the rows", frozenset({"check", "upload", "create"})),
    ("train", "Train", frozenset({"train", "collect"})),
    ("evaluate", "Evaluate on held-out rows", frozenset({"evaluate"})),
    ("promote", "Gates and promotion", frozenset({"gate", "promote"})),
)
ENDS = {"done": "done", "failed": "failed", "cancelled": "cancelled"}


class CardState(NamedTuple):
    """What a card shows; every text in it is somebody else's.

    ``losses`` are (step, loss) in order; ``told`` is the newest sentence of the run; ``left`` seconds, if known.
    ``usd`` was spent so far of about ``expected``; ``starter`` is whoever started it, a Slack id or words; ``asked``
    is what was asked of the run and is not done yet: cancel, pause, or nothing. ``source`` is the pull request and
    commit that it came with; ``muted`` whether the card stands still, None where there is no card to mute.
    """

    run: str
    name: str
    phase: str
    last_phase: str
    step: int
    steps: int
    losses: tuple[tuple[int, float], ...]
    left: float | None
    told: str
    failure: str
    help: str
    updated_at: float
    has_comparison: bool
    usd: float | None = None
    expected: float | None = None
    starter: str = ""
    asked: str = ""
    source: str = ""
    muted: bool | None = None


def card_state(run: ftsdk.Run, starter: str = "") -> CardState:
    """What the library says of a run, as a card shows it; ``starter`` is whoever started it, as people call them."""
    row, events = run.row, run.events()
    progress = [event.data for event in events if event.kind == "progress"]
    phases = [str(event.data.get("phase")) for event in events if event.kind == "phase" and event.data.get("phase")]
    live = [phase for phase in phases if phase not in ENDS]
    last = progress[-1] if progress else {}
    return CardState(
        run=row.id,
        name=row.name,
        phase=row.phase,
        last_phase=live[-1] if live else "check",
        step=int(last.get("step", last.get("done", 0)) or 0),
        steps=int(last.get("steps", last.get("total", 0)) or 0),
        losses=tuple((metric.step, metric.loss) for metric in run.metrics),
        left=last.get("seconds_left"),
        told=next((event.text for event in reversed(events) if event.kind in ("phase", "progress")), ""),
        failure=row.failure.message if row.failure else "",
        help=row.failure.help if row.failure else "",
        updated_at=row.updated_at,
        has_comparison=bool(row.data.get("comparison")),
        usd=row.data.get("so_far", {}).get("usd"),
        expected=run.plan.usd.likely,
        starter=starter or row.requested_by or "",
        asked="cancel" if row.cancel_requested else "pause" if row.pause_requested else "",
    )


def card(state: CardState) -> dict[str, Any]:
    """The card's message."""
    blocks: list[Block] = [_head(state), _plan(state)]
    picture = _chart(state.losses)
    if picture is not None:
        blocks.append(picture)
    if state.failure:
        blocks.append(_failure(state))
    buttons = _buttons(state)
    blocks += [actions(*buttons)] if buttons else []
    blocks.append(paragraph(*_foot(state)))
    return message(_summary(state), blocks)


def _foot(state: CardState) -> list[Element]:
    cost = [words(f"{_cost(state)} · ")] if _cost(state) else []
    starter = [words("started by "), person(state.starter), words(" · ")] if state.starter else []
    source = [words(f"{state.source} · ", most=60)] if state.source else []
    still = [words("muted until the run has ended · ")] if state.muted and state.phase not in ENDS else []
    return [*cost, *starter, *source, *still, words("updated "), moment(state.updated_at, "{time}")]


def _cost(state: CardState) -> str:
    """What was spent, of about how much; empty where nothing is known and where training is free."""
    about = f" of about ${state.expected:,.2f}" if state.expected else ""
    return f"${state.usd:,.2f}{about}" if state.usd is not None and (state.usd or about) else ""


def _buttons(state: CardState) -> list[Element]:
    """What can be done with the run as it is; all but the comparison ask again before they do it."""
    found = [button("ft:run:compare", "Comparison", state.run)] if state.has_comparison else []
    if state.phase in ("failed", "cancelled"):
        return [*found, _acting("retry", "Retry", state, "It goes on where it failed; what was done before is kept.")]
    if state.phase in ENDS or state.asked == "cancel":
        return found
    if state.muted is not None:
        act, text = ("unmute", "Unmute") if state.muted else ("mute", "Mute")
        found.append(button(f"ft:run:{act}", text, state.run, label=f"{text} the card of run {state.run}"))
    if state.asked == "pause":
        found.append(_acting("resume", "Resume", state, "It goes on where it stood still."))
    else:
        found.append(_acting("pause", "Pause", state, "Its job is stopped where its provider can go on later."))
    return [*found, _acting("cancel", "Cancel", state, "What was spent stays spent; it can be retried.")]


def _acting(act: str, text: str, state: CardState, why: str) -> Element:
    sure = confirmation(f"{text} run {state.run}?", why, text)
    return button(f"ft:run:{act}", text, state.run, confirm=sure, label=f"{text} run {state.run} of {state.name}")


def _head(state: CardState) -> Block:
    lines = [line(words(f"{state.name} ", bold=True, most=80), words(f"{state.run}  {_now(state)}", most=120))]
    if state.phase not in ENDS and state.told:
        lines.append(line(words(state.told, most=300)))
    if len(state.losses) > 1:
        spark = ftsdk.report.sparkline([loss for _step, loss in state.losses], POINTS)
        lines.append(line(words(spark, code=True), words(f"  loss {_loss(state)}")))
    return rich(*lines)


def _now(state: CardState) -> str:
    if state.phase in ENDS:
        return ENDS[state.phase]
    if state.asked:
        return f"{state.phase}, {'to be cancelled' if state.asked == 'cancel' else 'paused'}"
    part = f" {100 * state.step / state.steps:.0f} %" if state.phase == "train" and state.steps else ""
    left = f", about {ftsdk.report.duration(state.left)} left" if state.left and isfinite(state.left) else ""
    return f"{state.phase}{part}{left}"


def _summary(state: CardState) -> str:
    loss = f", loss {_loss(state)}" if state.losses else ""
    return f"Run {clip(state.run, 20)} of {clip(state.name, 60)}: {_now(state)}{loss}"


def _loss(state: CardState) -> str:
    last = state.losses[-1][1]
    return f"{last:.3f}" if isfinite(last) else "not finite"


def _failure(state: CardState) -> Block:
    parts = [line(words("Why: ", bold=True), words(state.failure, most=800))]
    if state.help:
        parts.append(line(words("Next: ", bold=True), words(state.help, most=400)))
    return rich(*parts)


def _plan(state: CardState) -> Block:
    return {
        "type": "plan",
        "title": clip(f"Run {state.run}", 100),
        "tasks": [
            {"type": "task_card", "task_id": task, "title": title, "status": _status(state, index)}
            for index, (task, title, _phases) in enumerate(TASKS)
        ],
    }


def _status(state: CardState, index: int) -> str:
    if state.phase == "done":
        return "complete"
    here = _task_of(state.last_phase if state.phase in ENDS else state.phase)
    if index != here:
        return "complete" if index < here else "pending"
    return "error" if state.phase in ENDS else "in_progress"


def _task_of(phase: str) -> int:
    return next((index for index, task in enumerate(TASKS) if phase in task[2]), 0)


def _chart(losses: Sequence[tuple[int, float]]) -> Block | None:
    """The loss as a native chart; None when fewer than two steps have a finite loss."""
    finite = thinned([(step, loss) for step, loss in losses if isfinite(loss)])
    if len(finite) < 2:
        return None
    steps = [str(step) for step, _loss in finite]
    first, last = finite[0][1], finite[-1][1]
    title = f"Loss {'falls' if last < first else 'goes'} from {first:.2f} to {last:.2f}"
    return chart("line", title, steps, [("train", [round(loss, 4) for _step, loss in finite])], "step", "loss")


def thinned(points: Sequence[tuple[int, float]], most: int = POINTS) -> list[tuple[int, float]]:
    """At most ``most`` points, the last of each stretch of equal length."""
    if len(points) <= most:
        return list(points)
    ends = [(index + 1) * len(points) // most - 1 for index in range(most)]
    return [points[end] for end in ends]


def event_line(state: CardState) -> dict[str, Any]:
    """The one line that a thread gets when a run has ended."""
    text = f"Run {state.run} of {clip(state.name, 60)}: {ENDS.get(state.phase, state.phase)}"
    elements: list[Element] = [words(text)]
    if state.failure:
        elements.append(words(f": {state.failure}", most=600))
    return message(text, [paragraph(*elements)])
