"""Measuring: a file that somebody uploads, or untrained models on committed rows; who sees it, what it showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ftsdk
from ftbot.screens.blocks import (
    Block,
    actions,
    ask,
    bullets,
    button,
    confirmation,
    context,
    line,
    message,
    modal,
    option,
    paragraph,
    plain,
    rich,
    words,
)

FILE = "ft:measure:v1"
PROBE = "ft:probe:v1"
SPECS_SHOWN = 100

# What an uploaded file may be, by the name under which `ftsdk.measured` takes it.
KINDS: dict[str, str] = {
    "data": "Examples: one JSON object a line",
    "log": "A log of requests with usage: one JSON object a line",
    "prompt": "A prompt, as text",
}


def file_modal(draft: str) -> dict[str, Any]:
    """Takes a file, having said who sees it and for how long."""
    told = {
        "Who sees it": "ftbot, on the machine where it runs. No language model and no provider.",
        "For how long": "it is measured and deleted at once; the numbers are kept for 90 days. Slack keeps its own "
        "copy as your workspace keeps files.",
    }
    options = [option(label, name) for name, label in KINDS.items()]
    menu = {"type": "radio_buttons", "action_id": "ft:kind", "options": options, "initial_option": options[0]}
    given = {"type": "file_input", "action_id": "ft:file", "max_files": 1}
    blocks = [_told(told), ask("kind", "What is it?", menu), ask("file", "The file, at most 20 MB", given)]
    return modal(FILE, "Measure a file", blocks, metadata=f"d={draft}", submit="Measure", close="Not now")


def _told(told: Mapping[str, str]) -> Block:
    return rich(bullets([words(f"{who}: ", bold=True), words(what, most=400)] for who, what in told.items()))


def probe_modal(draft: str, specs: Sequence[str]) -> dict[str, Any]:
    """Chooses a committed spec whose held-out rows are asked."""
    said = words("Untrained models answer held-out rows of a committed spec, and what they reach becomes facts.")
    if not specs:
        return modal(
            PROBE, "Measure on our rows", [paragraph(said), context("No spec of the project has an evaluation.")]
        )
    options = [option(ftsdk.report.line(name, 70), name[:150]) for name in specs[:SPECS_SHOWN]]
    menu = {"type": "static_select", "action_id": "ft:spec", "options": options, "placeholder": plain("A spec", 150)}
    note = context("Before anything is asked you see how many calls it takes and where the rows go.")
    blocks = [paragraph(said), ask("spec", "Whose rows?", menu), note]
    return modal(PROBE, "Measure on our rows", blocks, metadata=f"d={draft}", submit="Show what it takes")


def probe_offer(draft: str, spec: str, budget: str, connection: str, local: bool) -> dict[str, Any]:
    """What a probe takes and where the rows go, with the button that starts it."""
    goes = (
        "nowhere: the models run on this machine" if local else f"to the connection {connection}, which is paid by use"
    )
    told = {"It takes": budget, "The rows go": goes, "Kept": "answers as files of the project, facts for 90 days"}
    sure = confirmation("Measure now?", f"{budget}. The rows go {goes}.", "Measure")
    start = button("ft:probe:start", "Measure", f"{draft}:{spec}"[:255], primary=True, confirm=sure)
    return message(
        f"Measure {spec}?", [paragraph(words(f"Measure {spec}?", bold=True, most=100)), _told(told), actions(start)]
    )


def measuring(spec: str) -> dict[str, Any]:
    """A probe under way."""
    said = f"Measuring untrained models on held-out rows of {spec}"
    return message(said, [paragraph(words(said, most=200)), context("This message says what came of it.")])


def not_measured(spec: str, why: str, step: str) -> dict[str, Any]:
    """A probe that came to nothing."""
    lines = [line(words(f"{spec} was not measured: ", bold=True, most=120), words(why, most=600))]
    lines += [line(words("Next: ", bold=True), words(step, most=400))] if step else []
    return message(f"{spec} was not measured", [rich(*lines)])


def measured_message(
    what: str, found: Mapping[str, Any], before: ftsdk.Advice, after: ftsdk.Advice, said: str = ""
) -> dict[str, Any]:
    """The measured facts, and whether the advice is another one with them."""
    items = [
        [words(f"{name.replace('_', ' ').replace('.', ': ')} ", bold=True, most=60), words(_shown(value), most=80)]
        for name, value in list(found.items())[:20]
    ]
    blocks: list[Block] = [paragraph(words(f"Measured: {what}", bold=True, most=150))]
    blocks += [paragraph(words(said, most=500))] if said else []
    blocks.append(rich(bullets(items)) if items else context("It told nothing that the advice asks for."))
    blocks.append(rich(*_change(before, after)))
    return message(f"Measured: {what}. {_outcome(before, after)}", blocks)


def _outcome(before: ftsdk.Advice, after: ftsdk.Advice) -> str:
    if before.recommendation == after.recommendation:
        return f"The advice stays: {after.title}"
    return f"The advice was “{before.title}”, is now “{after.title}”"


def _change(before: ftsdk.Advice, after: ftsdk.Advice) -> list[Block]:
    sure = f" It was {before.confidence}, is {after.confidence}." if before.confidence != after.confidence else ""
    reasons = [[words(reason.text, most=250)] for reason in after.ranked[0].reasons_for[:3]]
    return [line(words(f"{_outcome(before, after)}.", bold=True, most=250), words(sure)), bullets(reasons)]


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:,.4g}" if isinstance(value, float) else str(value)
