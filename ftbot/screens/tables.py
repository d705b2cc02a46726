"""Specs, costs and models as tables: what the project would do, what it paid, what can be trained."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import ftsdk
from ftbot.screens.blocks import (
    Block,
    Element,
    bullets,
    cell,
    context,
    figure,
    line,
    message,
    paragraph,
    preformatted,
    rich,
    table,
    words,
)
from ftbot.screens.words import notice

SPECS_SHOWN, COSTS_SHOWN, ROUTES_SHOWN = 40, 30, 40
PLAN_MOST = 3500


def specs_message(paths: Sequence[str]) -> dict[str, Any]:
    """The specs of the project."""
    if not paths:
        return notice("The project has no spec yet.", "`ft init` writes one; /ft advise says whether to")
    said = ftsdk.report.counted(len(paths), "spec")
    items = [[words(path, code=True, most=150)] for path in paths[:SPECS_SHOWN]]
    more = (
        [context(f"and {ftsdk.report.counted(len(paths) - SPECS_SHOWN, 'more spec')}")]
        if len(paths) > SPECS_SHOWN
        else []
    )
    step = context("/ft spec PATH or NAME shows what applying it would do; it spends nothing")
    return message(said, [rich(line(words(said, bold=True)), bullets(items)), *more, step])


def plan_message(name: str, text: str, digest: str) -> dict[str, Any]:
    """What applying a spec would do, as the library says it."""
    lead = paragraph(words(f"{name} ", bold=True, most=80), words("as "), words(digest, code=True, most=20))
    return message(f"Plan of {name}", [lead, rich(preformatted(text, PLAN_MOST)), context("Nothing was started.")])


def costs_message(costs: Sequence[Any]) -> dict[str, Any]:
    """What runs cost against what was estimated; ``costs`` newest first."""
    if not costs:
        return notice("No run has cost anything yet.", "`ft apply SPEC` in the workspace starts one")
    known = [one.actual for one in costs if one.actual is not None]
    said = f"${sum(known):,.2f} for {ftsdk.report.counted(len(known), 'run')} that were billed"
    head = ("Run", "Spec", "Team", "Month", "Estimated", "Paid")
    rows = [_cost(one) for one in costs[:COSTS_SHOWN]]
    more = (
        [context(f"{ftsdk.report.counted(len(costs) - len(rows), 'older run')} not shown")]
        if len(costs) > len(rows)
        else []
    )
    return message(said, [paragraph(words(said, bold=True)), table("What runs cost, newest first", head, rows), *more])


def _cost(one: Any) -> list[Element]:
    estimate = f"${one.estimate.low:,.2f} to ${one.estimate.high:,.2f}"
    paid = cell("not billed yet") if one.actual is None else figure(round(one.actual, 4), f"${one.actual:,.2f}")
    return [cell(one.run), cell(one.spec, 40), cell(one.team, 30), cell(one.month), cell(estimate), paid]


def models_message(routes: Sequence[ftsdk.catalogue.Route], embedded: Sequence[str], today: date) -> dict[str, Any]:
    """What can be trained, where and until when; what is over is left out."""
    still = sorted((one for one in routes if one.open_on(today)), key=lambda one: str(one.trains_until or "9999"))
    here = f"On this machine: {', '.join(embedded) or 'none'}"
    blocks: list[Block] = [paragraph(words(here, bold=True, most=300))]
    if still:
        head = ("Provider", "Models", "Trains until", "Serves until", "As of")
        blocks.append(table("Where models can be trained, those that end first before the rest", head, _routes(still)))
    return message(f"{here}; {ftsdk.report.counted(len(still), 'hosted route')} open", blocks)


def _routes(routes: Sequence[ftsdk.catalogue.Route]) -> list[list[Element]]:
    return [
        [
            cell(one.provider, 40),
            cell(", ".join(one.models), 80),
            cell(str(one.trains_until or "no end known")),
            cell(str(one.serves_until or "no end known")),
            cell(str(one.as_of)),
        ]
        for one in routes[:ROUTES_SHOWN]
    ]
