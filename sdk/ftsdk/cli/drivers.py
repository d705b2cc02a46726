"""What is said of runs that nobody drives: a run advances only while something ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftsdk.cli.output import console

if TYPE_CHECKING:
    from ftsdk.runs.run import Run


def say_who_drives(run: Run) -> None:
    """Say nothing when a worker is alive or the run has ended; else since when, and the command that mends it."""
    if run.ended or run.driven:
        return
    from ftsdk.report.wording import moment

    console().print(
        f"not driven since {moment(run.row.updated_at)}: nothing that drives runs is alive in this store\n"
        f"  next: `ft attach {run.id}` drives this one, `ft worker` drives all",
        markup=False,
        soft_wrap=True,
    )
