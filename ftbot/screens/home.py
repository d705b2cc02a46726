"""The Home tab: what waits for you, your runs, the budget, and models that will not be trained or served for long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import ftsdk
from ftbot.screens.approval import Asked, waiting
from ftbot.screens.blocks import (
    Block,
    actions,
    at,
    bullets,
    button,
    cell,
    figure,
    header,
    line,
    moment,
    paragraph,
    rich,
    table,
    words,
)
from ftbot.screens.budget import budget_blocks, summary

WAITING_SHOWN, RUNS_SHOWN, ENDING_SHOWN = 5, 10, 6


class HomeState(NamedTuple):
    """What somebody's Home tab shows; ``at`` is when it was drawn, in Unix seconds."""

    waiting: tuple[Asked, ...]
    runs: tuple[Any, ...]
    budgets: tuple[ftsdk.Budget, ...]
    endings: tuple[ftsdk.catalogue.Route, ...]
    at: float


def home(state: HomeState) -> dict[str, Any]:
    """The view."""
    blocks: list[Block] = [
        header(f"Waiting for you ({len(state.waiting)})" if state.waiting else "Nothing waits for you"),
        *waiting(state.waiting, WAITING_SHOWN),
        *_more(len(state.waiting) - WAITING_SHOWN, "approval"),
        *_runs(state.runs),
        *_budget(state.budgets),
        *_endings(state.endings),
        actions(
            button("ft:advise:open", "Should we fine-tune?", "new"),
            button("ft:home:refresh", "Refresh", "home"),
        ),
        paragraph(words("updated "), moment(state.at, "{time}"), words("; only you see this page")),
    ]
    return {"type": "home", "callback_id": "ft:home:v1", "blocks": blocks}


def _more(number: int, what: str) -> list[Block]:
    return [paragraph(words(f"and {ftsdk.report.counted(number, what)} more"))] if number > 0 else []


def _runs(rows: Sequence[Any]) -> list[Block]:
    if not rows:
        return [header("Your runs"), paragraph(words("None yet. `ft apply SPEC` in the workspace starts one."))]
    head = ("Run", "Spec", "Phase", "Done", "Cost so far", "Updated")
    cells = [
        [cell(row.id), cell(row.name, 40), cell(row.phase), _share(row), _usd(row), at(row.updated_at)]
        for row in rows[:RUNS_SHOWN]
    ]
    return [
        header("Your runs"),
        table("Runs that you started, newest first", head, cells),
        *_more(len(rows) - RUNS_SHOWN, "older run"),
    ]


def _share(row: Any) -> dict[str, Any]:
    share = row.data.get("so_far", {}).get("share")
    return cell("–") if share is None else figure(round(100 * share, 1), f"{share:.0%}")


def _usd(row: Any) -> dict[str, Any]:
    usd = row.data.get("so_far", {}).get("usd")
    return cell("–") if usd is None else figure(round(float(usd), 4), f"${usd:,.2f}")


def _budget(budgets: Sequence[ftsdk.Budget]) -> list[Block]:
    if not budgets:
        return []
    return [header("Budget"), paragraph(words(summary(budgets), most=200)), *budget_blocks(budgets)]


def _endings(endings: Sequence[ftsdk.catalogue.Route]) -> list[Block]:
    if not endings:
        return []
    items = [
        [
            words(f"{one.provider}: ", bold=True),
            words(f"{', '.join(one.models)}; training until {one.trains_until}", most=200),
            words(f", serving until {one.serves_until}" if one.serves_until else ""),
        ]
        for one in endings[:ENDING_SHOWN]
    ]
    return [header("Ending soon"), rich(line(words("What can be trained today and not for long")), bullets(items))]
