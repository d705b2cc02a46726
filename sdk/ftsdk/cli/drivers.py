"""What is said after something was asked of a run: where it is, and who drives it, because a run needs a driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftsdk.cli.follow import as_json
from ftsdk.cli.output import console, print_json

if TYPE_CHECKING:
    from ftsdk.runs.run import Run


def say_what_follows(run: Run, said: str, format: str) -> None:
    """Say what became of a run, and how it is driven when nothing drives it; the run itself for programs."""
    if format == "json":
        print_json(as_json(run))
        return
    console().print(f"run {run.id} {said}", markup=False, soft_wrap=True)
    say_who_drives(run)


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
