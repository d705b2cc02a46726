"""Following a run to its end: a live view for people, a JSON object a line for programs; exits as the run ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ftsdk.cli.output import FORMAT_VERSION, console

if TYPE_CHECKING:
    from ftsdk.runs.run import Run


def follow(run: Run, format: str, after: int = 0) -> int:
    """Drive the run, showing what happens after event ``after``; then `finish`."""
    if format == "json":
        for event in run.watch(after=after):
            _print_line({"event": event.model_dump(mode="json")})
    else:
        from ftsdk.report import watch

        watch(run.watch(after=after), console(), before=run.events() if after else ())
    return finish(run, format)


def finish(run: Run, format: str) -> int:
    """Show what a run came to and raise why it ended badly, when it did."""
    if format == "json":
        _print_line({"format_version": FORMAT_VERSION, **as_json(run)})
    else:
        _show(run)
    if run.error is not None:
        raise run.error
    return 0


def as_json(run: Run) -> dict[str, Any]:
    """A run as programs read it; ``driven`` says whether anything that drives runs is alive."""
    return {"run": run.row.model_dump(mode="json"), "driven": run.driven}


def newest_event(run: Run) -> int:
    """The number of the newest event so far."""
    events = run.events()
    return events[-1].seq if events else 0


def _show(run: Run) -> None:
    out, data = console(), run.row.data
    if run.comparison is not None:
        out.print(run.comparison)
    if data.get("alias"):
        out.print(f'{data["alias"]} is version {data["version"]}; ask it: ft complete {data["alias"]} "..."')


def _print_line(content: dict[str, Any]) -> None:
    print(json.dumps(content, ensure_ascii=False), flush=True)  # noqa: T201
