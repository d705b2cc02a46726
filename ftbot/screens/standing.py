"""What became of a run's model: promoted, turned down, or neither yet; as words and as the buttons that decide it."""

from __future__ import annotations

from typing import Any, NamedTuple

from ftbot.screens.blocks import Block, Element, ask, button, confirmation, line, modal, paragraph, person, rich, words

TURN_DOWN = "ft:turn_down:v1"
REASON = "reason"
REASON_MOST = 500
SHOWN_MOST = 160


class Standing(NamedTuple):
    """``alias`` is what the spec promotes to, empty where it names none; ``by`` turned the model down, and why."""

    alias: str = ""
    promoted: bool = False
    by: str = ""
    reason: str = ""


def standing_blocks(standing: Standing) -> list[Block]:
    """What was decided, in words."""
    if standing.promoted:
        return [paragraph(words("Promoted: ", bold=True), words(f"{standing.alias} stands for it", most=120))]
    if standing.by:
        reason = [words(f": {standing.reason}", most=SHOWN_MOST)] if standing.reason else []
        return [rich(line(words("Turned down by ", bold=True), person(standing.by), *reason))]
    return []


def deciding(standing: Standing, run: str, name: str) -> list[Element]:
    """Promote and Reject, while there is something to decide."""
    if not standing.alias or standing.promoted:
        return []
    sure = confirmation(
        f"Promote {run}?",
        f"{standing.alias} will stand for the model of run {run} of {name}. Applications that ask for it get it at "
        "once; where the spec wants people to agree, they are asked first.",
        "Promote",
    )
    promote = button("ft:promote", "Promote", run, confirm=sure, label=f"Promote run {run} of {name}")
    if standing.by:
        return [promote]
    return [promote, button("ft:turn_down:modal", "Reject…", run, label=f"Reject run {run} of {name}")]


def turn_down_modal(run: str) -> dict[str, Any]:
    """Asks why; the comparison says it from then on."""
    field = {"type": "plain_text_input", "action_id": "ft:reason", "multiline": True, "max_length": REASON_MOST}
    said = paragraph(words(f"The model of run {run} is not to be promoted", most=200))
    why = ask(REASON, "Why not?", field, hint="It stands under the comparison. No customer data or secrets.")
    return modal(TURN_DOWN, "Reject", [said, why], metadata=f"r={run}", submit="Reject", close="Leave it open")
