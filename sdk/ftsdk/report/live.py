"""A run as it happens: progress bars in a terminal, plain lines anywhere else."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from ftsdk.report.curve import sparkline
from ftsdk.report.untrusted import line, shown
from ftsdk.report.wording import count, duration, money
from ftsdk.runs.value import Event

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

SECONDS_BETWEEN_LINES = 5.0
WIDTH_WITH_SPARKS = 100
SPARKS = 16
GOES_ON = "the run goes on where it stands; `ft status {run}` shows it, `ft attach {run}` goes on"


def watch(events: Iterable[Event], console: Console | None = None, *, before: Iterable[Event] = ()) -> Event | None:
    """Show a run's events until they end; returns the last one. ``before`` happened earlier and is only remembered.

    Ctrl-C says that the run goes on without the watcher and raises KeyboardInterrupt.
    """
    from rich.console import Console

    screen = console or Console()
    view: View = BarView(screen) if screen.is_terminal else LineView(screen)
    last: Event | None = None
    for event in before:
        view.remember(event)
    try:
        with view:
            for event in events:
                last = event
                view.show(event)
    except KeyboardInterrupt:
        say(screen, GOES_ON.format(run=line(last.run) if last else "RUN"))
        raise
    return last


def plain_event(event: Event) -> str:
    """An event as one line of text (a failure as two)."""
    data = event.data
    if event.kind == "failure":
        return _failure(event)
    if event.kind == "phase":
        return f"{line(str(data.get('phase', 'phase'))):<9} {line(event.text)}".rstrip()
    if "done" in data:
        return f"evaluate  {line(str(data.get('arm', '')))}: {data['done']} of {data.get('total', '?')} rows"
    told = _step_told(event)
    if told is not None:
        return f"train     {_step(told)}"
    return f"          {shown(event.text)}"


class View(Protocol):
    """Something that shows events as they come."""

    def show(self, event: Event) -> None: ...

    def remember(self, event: Event) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Training:
    """What is known of training now: progress events tell speed and time left, metric events the loss."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}
        self._losses: dict[int, float] = {}  # by step: one that is repeated after a crash counts once

    def with_event(self, event: Event) -> Event:
        """The event with what earlier ones of the same stage said; others come back as they are."""
        told = _step_told(event)
        if told is None:
            return event
        stage = told.get("stage", "training")
        if stage != self._known.get("stage"):
            self._known = {"stage": stage}
        self._losses |= {metric["step"]: metric["loss"] for metric in event.data.get("metrics", ())}
        self._known |= told | ({"spark": sparkline([*self._losses.values()], SPARKS)} if len(self._losses) > 1 else {})
        return event.model_copy(update={"data": dict(self._known)})


class LineView:
    """Plain lines, for logs and pipes: every phase, message and failure, progress at most every few seconds.

    Seconds are those of the events, so that a replay of an old run prints the same lines as the run did.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said: dict[str, float] = {}
        self._training = Training()

    def show(self, event: Event) -> None:
        """Print the event unless it is progress that comes too soon after the last."""
        event = self._training.with_event(event)
        if event.kind not in ("progress", "metric") or self._due(event):
            say(self._console, plain_event(event))

    def remember(self, event: Event) -> None:
        """Learn from an event without printing it."""
        self._training.with_event(event)

    def _due(self, event: Event) -> bool:
        what = str(event.data.get("arm", event.data.get("stage", "")))
        ends = event.kind == "progress" and _complete(event.data)
        begun = event.data.get("done", event.data.get("step"))
        if what in self._said and not ends and (not begun or event.at - self._said[what] < SECONDS_BETWEEN_LINES):
            return False
        self._said[what] = event.at
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class BarView:
    """Bars that move: one for training with loss, speed and time left, one for each arm that answers."""

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._console = console
        self._tasks: dict[str, TaskID] = {}
        self._training = Training()
        self._progress: Progress = Progress(
            TextColumn("  {task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[beside]}", markup=False),
            console=console,
        )

    def show(self, event: Event) -> None:
        """Move a bar, or print the event above the bars."""
        event = self._training.with_event(event)
        data = event.data
        if event.kind in ("progress", "metric") and "step" in data:
            beside = _beside(data, sparks=self._console.width >= WIDTH_WITH_SPARKS)
            self._move("training", line(str(data["stage"]), 16), data["step"], data.get("steps"), beside)
        elif event.kind == "progress" and "done" in data:
            arm = line(str(data.get("arm", "answers")), 24)
            self._move(f"arm {arm}", arm, data["done"], data.get("total"), "")
        else:
            say(self._progress.console, plain_event(event))

    def remember(self, event: Event) -> None:
        """Learn from an event without showing it."""
        self._training.with_event(event)

    def _move(self, bar: str, name: str, done: float, total: float | None, beside: str) -> None:
        if bar not in self._tasks:
            self._tasks[bar] = self._progress.add_task(name, total=None, beside=beside)
        self._progress.update(self._tasks[bar], description=name, completed=done, total=total or None, beside=beside)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()


def say(console: Console, text: str) -> None:
    """Print text as it is: no markup, no colours of its own, lines as long as they are."""
    from rich.text import Text

    console.print(Text(text), soft_wrap=True)


def _step_told(event: Event) -> dict[str, Any] | None:
    """The training step that an event tells of; a metric event may carry several steps, the last one counts."""
    if event.kind not in ("progress", "metric"):
        return None
    beside = {name: event.data[name] for name in ("seconds_left", "usd") if event.data.get(name) is not None}
    told: dict[str, Any] = (event.data.get("metrics") or [event.data])[-1] | beside
    return told if "step" in told else None


def _complete(data: dict[str, Any]) -> bool:
    total = data.get("total", data.get("steps"))
    return bool(total) and data.get("done", data.get("step")) == total


def _step(data: dict[str, Any]) -> str:
    stage = line(str(data.get("stage", "training")))
    if not data["step"]:
        return stage
    lead = "" if stage == "training" else f"{stage}: "
    what = "row" if stage == "caching" else "step"
    return ", ".join(filter(None, (f"{lead}{what} {data['step']} of {data.get('steps', '?')}", _beside(data))))


def _beside(data: dict[str, Any], *, sparks: bool = False) -> str:
    """Loss (with its way here), speed, time left and cost so far, as far as they are known."""
    parts = [str(data["spark"])] if sparks and data.get("spark") else []
    if data.get("loss") is not None:
        parts.append(f"loss {float(data['loss']):.3f}")
    if data.get("tokens_per_second") is not None:
        parts.append(f"{count(float(data['tokens_per_second']))} tokens/s")
    if data.get("seconds_left"):
        parts.append(f"{duration(max(1, round(data['seconds_left'])))} left")
    if data.get("usd"):
        parts.append(f"{money(float(data['usd']))} so far")
    return ", ".join(parts)


def _failure(event: Event) -> str:
    data = event.data
    message = shown(str(data.get("message") or event.text))
    text = f"failed    {message} (whose: {line(str(data.get('owner', 'platform')))})"
    return f"{text}\n          next: {shown(str(data['help']))}" if data.get("help") else text
