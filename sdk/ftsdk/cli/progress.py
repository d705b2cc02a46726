"""A progress bar for what takes longer than a second, where a person is looking."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ftsdk.cli.output import console

WAIT = 1.0


@contextmanager
def progress_bar(doing: str, *, unit: str = "bytes") -> Iterator[Callable[[int, int], None]]:
    """A function of (done, in all) that draws on stderr from the first second on; it draws nothing into pipes."""
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    amount = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    out = console(stderr=True)
    bar = Progress(TextColumn(doing), BarColumn(), amount, TimeRemainingColumn(), console=out, transient=True)
    task, began = bar.add_task(doing, total=None), time.monotonic()

    def tick(done: int, total: int) -> None:
        if out.is_terminal and not bar.live.is_started and time.monotonic() - began > WAIT:
            bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield tick
    finally:
        bar.stop()
