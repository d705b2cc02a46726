"""What was understood of a text, each fact with its quote; and who would read a text, asked before anybody does."""

from __future__ import annotations

from typing import Any

import ftsdk
from ftbot.screens.blocks import Block, actions, bullets, button, context, line, message, modal, paragraph, rich, words

UNDERSTOOD = "ft:advise:v1:understood"
FACTS_SHOWN = 16


def understood_message(facts: ftsdk.Facts, draft: str, reader: str = "") -> dict[str, Any]:
    """The facts, with a way into the form that they fill in; ``reader`` is the model that read the text, if one did."""
    known = facts.known()
    said = f"I understood {ftsdk.report.counted(len(known), 'fact')}"
    return message(said, [*_understood(facts, reader), _buttons(draft)])


def understood_modal(facts: ftsdk.Facts, draft: str) -> dict[str, Any]:
    """The same in a window, before its first page."""
    resume = actions(button("ft:form:resume", "Check and go on", draft, primary=True))
    return modal(UNDERSTOOD, "I understood", [*_understood(facts, ""), resume], metadata=f"d={draft}")


def _buttons(draft: str) -> Block:
    return actions(
        button("ft:form:change", "Check in the form", draft, primary=True),
        button("ft:form:now", "Advise me on this", draft),
    )


def _understood(facts: ftsdk.Facts, reader: str) -> list[Block]:
    known = facts.known()
    items = [
        [
            words(f"{name.replace('_', ' ').replace('.', ': ')} ", bold=True, most=60),
            words(_shown(value), most=80),
            *_quote(facts, name),
        ]
        for name, value in list(known.items())[:FACTS_SHOWN]
    ]
    more = len(known) - len(items)
    tail = [paragraph(words(f"and {ftsdk.report.counted(more, 'more fact')}"))] if more > 0 else []
    read = (
        f"Read by {reader}; every fact rests on words of yours." if reader else "Found by key words; no model read it."
    )
    lead = [rich(line(words("I understood", bold=True)), bullets(items))] if items else []
    return [*lead, *tail, context(f"{read} The form starts with these answers; what is wrong you change there.")]


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:,.0f}" if isinstance(value, int | float) else str(value)


def _quote(facts: ftsdk.Facts, name: str) -> list[dict[str, Any]]:
    origin = facts.origins.get(name)
    return [words(f" from “{ftsdk.report.line(origin.quote, 120)}”", most=140)] if origin and origin.quote else []


def consent_message(request: int, reader: str, keeps: str) -> dict[str, Any]:
    """Who would see a text, and for how long, with the way that shows it to nobody."""
    maker, _, model = reader.partition(":")
    sees = f"{model} of {maker}, this one message and nothing else of this workspace. It {keeps}."
    told = {
        "Who sees it": sees,
        "What ftbot keeps": "your message for a day, the facts for 90 days.",
        "Or nobody": "ftbot looks for key words itself, and sends nothing.",
    }
    lead = line(
        words("May a language model read your message? ", bold=True),
        words("It looks for facts of your case that fill in the form; it gives no advice."),
    )
    items = bullets([words(f"{who}: ", bold=True), words(what, most=600)] for who, what in told.items())
    choose = actions(
        button("ft:text:model", "Let the model read it", str(request)),
        button("ft:text:words", "Key words only", str(request)),
        button("ft:advise:open", "Empty form", "new"),
    )
    return message("May a language model read your message?", [rich(lead, items), choose])
