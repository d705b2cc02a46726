"""Budgets as a table and a chart: what each team has spent, holds for runs that go on, and may still spend."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import ftsdk
from ftbot.screens.blocks import Block, Element, cell, chart, figure, message, paragraph, table, words

TEAMS_SHOWN = 15
ALL = "all teams"


def budget_message(budgets: Sequence[ftsdk.Budget]) -> dict[str, Any]:
    """The message of `/ft budget`."""
    return message(summary(budgets), [paragraph(words(summary(budgets), bold=True, most=200)), *budget_blocks(budgets)])


def summary(budgets: Sequence[ftsdk.Budget]) -> str:
    """The tightest budget in one line."""
    limited = [one for one in budgets if one.limit is not None]
    if not limited:
        return "No ceiling is set" if budgets else "No team and no ceiling is set"
    tight = min(limited, key=_left)
    return f"{_name(tight)}: ${_left(tight):,.2f} left of ${tight.limit:,.2f} in {tight.month}"


def budget_blocks(budgets: Sequence[ftsdk.Budget]) -> list[Block]:
    """A table, and a chart where anything was spent or is held."""
    shown = budgets[:TEAMS_SHOWN]
    if not shown:
        return []
    head = ("Team", "Month", "Spent", "Held", "Ceiling", "Left")
    blocks = [table("What each team has spent, holds, and may still spend", head, [_row(one) for one in shown])]
    if any(one.spent + one.held for one in shown):
        series = [("spent", [float(one.spent) for one in shown]), ("held", [float(one.held) for one in shown])]
        blocks.append(chart("bar", "Spent and held, US dollars", [_name(one) for one in shown], series, "team", "USD"))
    return blocks


def _row(one: ftsdk.Budget) -> list[Element]:
    ceiling = [_usd(one.limit), _usd(_left(one))] if one.limit is not None else [cell("none"), cell("–")]
    return [cell(_name(one), 40), cell(one.month), _usd(one.spent), _usd(one.held), *ceiling]


def _usd(amount: Decimal) -> Element:
    return figure(float(amount), f"${amount:,.2f}")


def _left(one: ftsdk.Budget) -> Decimal:
    return (one.limit or Decimal(0)) - one.spent - one.held


def _name(one: ftsdk.Budget) -> str:
    return ALL if one.team == "*" else one.team
