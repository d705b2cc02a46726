"""Runs, their events and what an alias stands for, for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from ftsdk.registry.value import Resolved
from ftsdk.report.console.generic import said_field
from ftsdk.report.console.layout import BAD, GOOD, QUIET, UNSURE, heading, pairs, said, table
from ftsdk.report.untrusted import line, shown
from ftsdk.report.wording import duration, moment, money, percent
from ftsdk.runs.value import ENDED, PHASES, Event, Phase, RunRow

# What a run has learnt that a person asks for; the rest (cursors, kept inputs) is in the JSON form.
LEARNT = {"job": "job", "alias": "alias", "version": "version"}

ENDS = {"done": GOOD, "failed": BAD, "cancelled": UNSURE}


def draw_run(run: RunRow) -> RenderableType:
    """Where a run is, what it has learnt, and why it failed when it did."""
    lines: list[tuple[str, str | Text]] = [
        ("phase", phase_line(run)),
        ("started", moment(run.created_at)),
        ("last change", moment(run.updated_at)),
    ]
    if run.requested_by:
        lines.insert(1, ("asked for by", line(run.requested_by)))
    if run.phase == "train" and run.data.get("so_far"):
        lines.append(("left", _left(run.data["so_far"])))
    if run.data.get("so_far", {}).get("usd"):
        known = run.data["so_far"]
        lines.append(("cost so far", f"{'' if known['billed'] else 'about '}{money(known['usd'])} of training"))
    if run.owner and run.phase not in ENDED:
        lines.append(("worked on by", f"{line(run.owner)} until {moment(run.lease_until)}"))
    lines += [(name, said_field(run.data[key])) for key, name in LEARNT.items() if key in run.data]
    if "result" in run.data:
        lines.append(("tuned model", said_field(run.data["result"]["model"])))
    parts: list[RenderableType] = [said(f"Run {line(run.id)} of {line(run.name)}", "bold"), pairs(lines)]
    if run.failure:
        reason = [("whose", run.failure.owner), ("why", shown(run.failure.message)), ("next", shown(run.failure.help))]
        parts += [heading("Why it failed"), pairs(reason)]
    return Group(*parts)


def _left(known: Mapping[str, Any]) -> str:
    """The time that training still needs, as it was when the job was last looked at."""
    if known["seconds_left"] is None:
        return "nobody can tell yet"
    share = f", {percent(known['share'])} done" if known["share"] is not None else ""
    return f"about {duration(max(1.0, known['seconds_left']))} of training{share} (at {moment(known['at'])})"


def phase_line(run: RunRow) -> Text:
    """The phase with its place on the way, and what was asked of the run meanwhile."""
    if run.phase in ENDED:
        return Text(run.phase, style=ENDS[run.phase])
    way = PHASES[: PHASES.index("promote") + 1]  # tear_down is a way out, not a step on the way
    place = f"{run.phase} ({way.index(run.phase) + 1} of {len(way)})" if run.phase in way else run.phase
    asked = ", asked to stop" if run.cancel_requested else ", paused" if run.pause_requested else ""
    return Text(place + asked)


def draw_runs(runs: Sequence[RunRow]) -> RenderableType:
    """One line a run."""
    rows: list[list[str | Text]] = [
        [line(run.id, 24), line(run.name, 24), phase_word(run.phase), moment(run.updated_at)] for run in runs
    ]
    return table(("run", "name", "phase", "last change"), rows, right_from=4)


def phase_word(phase: Phase) -> Text:
    """A phase in the colour of its end."""
    return Text(phase, style=ENDS.get(phase, ""))


def draw_event(event: Event) -> RenderableType:
    """An event on one line."""
    return Text(f"{moment(event.at)}  ", style=QUIET).append(f"{event.kind}: {shown(event.text)}", style="default")


def draw_resolved(resolved: Resolved) -> RenderableType:
    """What an application gets when it asks for the alias, and why it may trust it."""
    lines = [
        ("model", line(resolved.model)),
        ("tuned from", line(resolved.base_model)),
        ("connection", resolved.connection),
        ("system prompt", shown(resolved.system_prompt) if resolved.system_prompt else "none"),
        ("parameters", f"max_tokens {resolved.params.max_tokens}, temperature {resolved.params.temperature:g}"),
        ("proved by", f"run {line(resolved.run)}, comparison {line(resolved.comparison)}"),
        ("promoted", line(resolved.promoted_at)),
        ("headline", shown(resolved.headline)),
    ]
    return Group(said(f"{resolved.alias}, version {resolved.version}", "bold"), pairs(lines))
