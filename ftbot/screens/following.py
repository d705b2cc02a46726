"""After an advice: what changed since, the question what came of it, and what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ftsdk
from ftbot.screens.blocks import (
    actions,
    bullets,
    button,
    context,
    line,
    message,
    option,
    paragraph,
    plain,
    preformatted,
    rich,
    words,
)
from ftbot.store.advices import Kept

# What may have come of it, by the name that a decision keeps; and what stands on the button and in the answer.
RESULTS: dict[str, tuple[str, str]] = {
    "hit": ("It worked", "it worked"),
    "miss": ("It did not", "it did not work"),
    "unclear": ("Cannot say", "nobody can say whether it worked"),
}
NOTHING = "nothing"


def changed_message(draft: str, today: str, news: Sequence[str]) -> dict[str, Any]:
    """What today's prices, models or rules change about an advice."""
    said = f"Your advice would change today: {today}"
    items = [[words(one, most=400)] for one in news[:10]]
    note = context("You asked to be told. Your answers are taken as they were.")
    stop = actions(
        button("ft:form:change", "Change answers", draft), button("ft:advice:leave", "Stop telling me", draft)
    )
    return message(said, [rich(line(words(said, bold=True, most=200)), bullets(items)), note, stop])


def asked_message(record: ftsdk.DecisionRecord, kept: Kept) -> dict[str, Any]:
    """Asks what was done after an advice, and whether it worked."""
    title = record.advice.title
    said = f"What came of it? On {record.decided_on} I advised: {title}"
    first: str = record.advice.recommendation
    titles = {first: f"As advised: {title}"}
    titles |= {code: one.title for code, one in ftsdk.OPTIONS.items() if code != first} | {NOTHING: "Nothing yet"}
    options = {code: option(shown, f"{kept.draft}:{code}") for code, shown in titles.items()}
    menu = {
        "type": "static_select",
        "action_id": "ft:advice:did",
        "placeholder": plain("What was done?", 150),
        "options": list(options.values()),
        "initial_option": options.get(kept.did, options[first]),
    }
    buttons = [button(f"ft:advice:{name}", shown, kept.draft) for name, (shown, _said) in RESULTS.items()]
    note = context("Asked once. What you choose is kept with the decision, and tells how often such advice holds.")
    lead = rich(line(words(said, bold=True, most=250)), line(words("What was done, and did it work?")))
    return message(said, [lead, actions(menu), actions(*buttons), note])


def judged_message(record: ftsdk.DecisionRecord) -> dict[str, Any]:
    """What was answered."""
    outcome = record.outcome
    assert outcome is not None
    did = ftsdk.OPTIONS[outcome.did].title if outcome.did else "nothing yet"
    said = f"Noted on {outcome.on}: done was {did}; {RESULTS[outcome.result][1]}"
    note = context("The decision is in this thread as a document to commit; `ft decisions` counts what came of them.")
    return message(said, [paragraph(words(said, bold=True, most=250)), note])


def decision_written(name: str, text: str) -> dict[str, Any]:
    """The decision in words, where the bot may not upload a file."""
    shown = rich(line(words(f"{name}.yaml", bold=True)), preformatted(text, 2500))
    return message(f"{name}.yaml", [shown])
