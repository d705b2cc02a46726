"""Screens that are mostly words: help, refusals, errors and lists of runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ftsdk
from ftbot.screens.blocks import actions, at, bullets, button, cell, context, message, paragraph, rich, table, words
from ftbot.screens.text import did_you_mean

Message = dict[str, Any]

# The commands that work today, with what they do.
COMMANDS: dict[str, str] = {
    "advise": "should we fine-tune? A form of at most four steps, about two minutes",
    "status [run]": "where a run is; without a run, the newest one",
    "runs": "the newest runs",
    "compare [run]": "base, prompts and tuned on the same rows, with a verdict",
    "budget [team]": "what teams have spent, hold and may still spend this month",
    "spec [path]": "the specs of the project, or what applying one would do",
    "costs": "what runs cost against what was estimated",
    "models": "what can be trained, where and until when",
    "help": "this list",
}
NAMES: tuple[str, ...] = tuple(usage.split()[0] for usage in COMMANDS)
RUNS_SHOWN = 20

# What happened, and what to do next; one place for all of it.
NOT_HERE = "ftbot works only for members of its own workspace."
NOT_GUESTS = "ftbot is for full members of this workspace; ask a colleague to share the result with you."
TOO_MANY = "That was a lot at once. Wait a minute, then try again; nothing was lost."
FORM_CHANGED = "This form was updated since you opened it. Your answers are kept."
FORM_GONE = "This form is no longer there."
NOT_YOURS = "This form belongs to somebody else. Open your own with /ft advise."

# What Slack refuses for good, in words, with what helps.
UNSENDABLE: dict[str, tuple[str, str]] = {
    "not_in_channel": ("the bot is not a member of that channel", "invite it there, then press the button again"),
    "channel_not_found": ("the bot cannot see that channel", "invite it there, then press the button again"),
    "is_archived": ("that channel is archived", "use the button in another channel"),
    "restricted_action": ("only some people may post there", "use the button in another channel"),
}


def help_message(unknown: str = "") -> Message:
    """What the bot can do; ``unknown`` is a command that it did not understand."""
    near = did_you_mean(unknown, NAMES) if unknown else None
    blocks = [rich(bullets([words(f"/ft {usage}", code=True), words(f"  {does}")] for usage, does in COMMANDS.items()))]
    if unknown:
        said = [words("There is no command "), words(unknown, code=True, most=40), words(".")]
        blocks.insert(
            0,
            paragraph(*said, *([words(" Did you mean "), words(f"/ft {near}", code=True), words("?")] if near else [])),
        )
    blocks.append(actions(button("ft:advise:open", "Should we fine-tune?", "new", primary=True)))
    return message(f"There is no /ft {unknown}" if unknown else "What ftbot can do", blocks)


def notice(text: str, next_step: str = "", reference: str = "") -> Message:
    """A sentence, with what to do next and a reference to give when asking for help."""
    blocks = [paragraph(words(text, most=1000))]
    if next_step:
        blocks.append(paragraph(words("Next: ", bold=True), words(next_step, most=600)))
    if reference:
        blocks.append(context(f"Reference {reference}"))
    return message(text, blocks)


def not_sent(code: str) -> Message:
    """What somebody is told whose message cannot be posted."""
    why, step = UNSENDABLE.get(code, (f"Slack refused it ({code})", "ask whoever runs ftbot; the log says more"))
    return notice(f"Your message was not posted: {why}.", step)


def form_button(text: str) -> Message:
    """A button that opens the form, for when the form could not be opened by itself."""
    return message(
        text, [paragraph(words(text)), actions(button("ft:advise:open", "Open the form", "new", primary=True))]
    )


def runs_message(runs: Sequence[ftsdk.Run]) -> Message:
    """The newest runs as a table."""
    rows = [run.row for run in runs[:RUNS_SHOWN]]
    if not rows:
        return notice("There are no runs yet.", "`ft apply SPEC` in the workspace starts one")
    head = ("Run", "Spec", "Phase", "Updated")
    cells = [[cell(row.id), cell(row.name), cell(row.phase), at(row.updated_at)] for row in rows]
    more = len(runs) - len(rows)
    blocks = [
        paragraph(words("Runs", bold=True), words(f"  {ftsdk.report.counted(len(runs), 'run')}, newest first")),
        table("The newest runs, with the phase each is in", head, cells),
    ]
    if more > 0:
        blocks.append(context(f"{ftsdk.report.counted(more, 'older run')} not shown"))
    return message(
        f"{ftsdk.report.counted(len(runs), 'run')}; newest: {rows[0].id} {rows[0].name}, {rows[0].phase}", blocks
    )
