"""Commands, mentions and direct messages: the first word says what is meant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ftsdk
from ftbot.inbox import Entry
from ftbot.outbox import Wanted
from ftbot.screens.approval import short
from ftbot.screens.budget import budget_message
from ftbot.screens.card import card, card_state
from ftbot.screens.comparison import no_comparison
from ftbot.screens.tables import costs_message, models_message, plan_message, specs_message
from ftbot.screens.words import NAMES, help_message, runs_message
from ftbot.work import forms, texts
from ftbot.work.replies import reply

if TYPE_CHECKING:
    from ftbot.bot import Bot

Message = dict[str, Any]


async def command(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """A slash command; `advise` opens the form, everything else is answered to the asker alone."""
    name, rest = split(entry.arrival.payload["text"])
    if name == "advise":
        return await forms.open_form(bot, entry)
    return reply(entry, await answer(bot, name, rest))


async def mention(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """A mention in a channel: answered to the asker alone."""
    return await _said(bot, entry)


async def dm(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """A direct message: a command without its slash, or a case told in words."""
    return await _said(bot, entry)


async def _said(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    name, rest = split(entry.arrival.payload["text"])
    if name in ANSWERED:
        return reply(entry, await answer(bot, name, rest))
    return await texts.free_text(bot, entry)


def split(text: str) -> tuple[str, str]:
    """The command and the rest of a text; an unambiguous beginning of a command is enough."""
    word, _, rest = text.strip().partition(" ")
    word = word.casefold()
    begun = [name for name in NAMES if word and name.startswith(word)]
    return (begun[0] if len(begun) == 1 else word or "help"), rest.strip()


async def answer(bot: Bot, name: str, rest: str) -> Message:
    """What a command says; what the library refuses is said in its words."""
    if name not in ANSWERED:
        return help_message(unknown=name)
    if name == "compare":
        return await _compared(bot, rest)
    return await bot.library.ask(ANSWERS[name], bot, rest)


def _help(bot: Bot, rest: str) -> Message:
    return help_message()


def _runs(bot: Bot, rest: str) -> Message:
    return runs_message(bot.library.runs())


def _status(bot: Bot, rest: str) -> Message:
    run = bot.library.find(rest)
    return card(card_state(run, bot.library.starter(run)))


async def _compared(bot: Bot, rest: str) -> Message:
    run = await bot.library.ask(bot.library.find, rest)
    return await bot.comparisons.message(run, share=True) or no_comparison(run.id, run.row.phase)


def _budget(bot: Bot, rest: str) -> Message:
    budgets = bot.library.workspace.budgets()
    named = [one for one in budgets if one.team == rest]
    if rest and not named:
        known = ", ".join(one.team for one in budgets if one.team != "*") or "none"
        raise ftsdk.errors.UsageError(f"There is no team called {rest[:40]!r}.", help=f"teams of ftsdk.yaml: {known}")
    return budget_message(named or budgets)


def _spec(bot: Bot, rest: str) -> Message:
    workspace = bot.library.workspace
    if not rest:
        return specs_message([str(path.relative_to(workspace.root)) for path in workspace.specs()])
    plan = workspace.plan(rest)
    return plan_message(plan.name, ftsdk.report.text(plan), short(plan.digest))


def _costs(bot: Bot, rest: str) -> Message:
    return costs_message(bot.library.workspace.costs())


def _models(bot: Bot, rest: str) -> Message:
    embedded = [model.name for model in ftsdk.catalogue.MODELS]
    return models_message(ftsdk.catalogue.routes(), embedded, datetime.now(UTC).date())


ANSWERS: dict[str, Callable[[Any, str], Message]] = {
    "help": _help,
    "runs": _runs,
    "status": _status,
    "budget": _budget,
    "spec": _spec,
    "costs": _costs,
    "models": _models,
}
ANSWERED = frozenset({*ANSWERS, "compare"})


async def compare_button(bot: Bot, entry: Entry) -> tuple[Wanted, ...]:
    """The comparison button of a card."""
    return reply(entry, await answer(bot, "compare", entry.arrival.payload["value"]))
