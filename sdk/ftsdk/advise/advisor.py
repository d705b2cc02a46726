"""Facts -> Advice: score, rank, and say why, how surely, what would change it and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from ftsdk.advise.confidence import confidence, record
from ftsdk.advise.engine import Reason, Scored, score
from ftsdk.advise.experiments import EXPERIMENTS
from ftsdk.advise.facts import Facts
from ftsdk.advise.flips import find_flips
from ftsdk.advise.interview import LEAST_VALUE, question_values
from ftsdk.advise.options import OPTIONS, OptionCode
from ftsdk.advise.read import read_facts
from ftsdk.advise.reality import provider_reality
from ftsdk.advise.risks import risks_of
from ftsdk.advise.value import Advice, Assumption, RankedOption
from ftsdk.advise.view import view
from ftsdk.catalogue import routes
from ftsdk.diagnostics import Diagnostic

REASONS_FOR = 3
REASONS_AGAINST = 1


def advise(facts: Facts | Mapping[str, Any], *, today: date | None = None) -> Advice:
    """What to do, ranked, with reasons, doubt, what would change it and what to try next.

    ``facts`` are Facts or a mapping with their fields; what is not understood there is told in ``findings`` and counts
    as unknown. ``today`` (default: the clock's) dates what providers still offer. Nothing is asked of the network.
    """
    findings: tuple[Diagnostic, ...] = ()
    if not isinstance(facts, Facts):
        facts, findings = read_facts(facts)
    today = today or datetime.now(UTC).date()
    scored = score(facts)
    first, second = scored.order[:2]
    lead = round(scored.points[first] - scored.points[second], 6)
    word = confidence(lead)
    asking = question_values(facts)
    return Advice(
        recommendation=first,
        title=OPTIONS[first].title,
        sentence=OPTIONS[first].sentence,
        ranked=tuple(_ranked(option, scored) for option in scored.order),
        confidence=word,
        margin=lead,
        record=record(word, first),
        flips=find_flips(facts, first),
        next_question=asking[0].question if asking and asking[0].points >= LEAST_VALUE else None,
        experiment=EXPERIMENTS[first],
        risks=risks_of(first, view(facts)),
        providers=provider_reality(first, facts, today),
        assumptions=_assumptions(facts),
        facts=facts,
        trace=scored.trace,
        findings=findings,
        as_of=today,
    )


def _ranked(option: OptionCode, scored: Scored) -> RankedOption:
    about = [line for line in scored.trace if line.option == option]
    return RankedOption(
        option=option,
        title=OPTIONS[option].title,
        sentence=OPTIONS[option].sentence,
        points=round(scored.points[option], 6),
        reasons_for=_strongest([line for line in about if line.points > 0], REASONS_FOR),
        reasons_against=_strongest([line for line in about if line.points < 0], REASONS_AGAINST),
        gates=tuple(line for line in about if line.kind == "gate"),
    )


def _strongest(lines: Sequence[Reason], most: int) -> tuple[Reason, ...]:
    return tuple(sorted(lines, key=lambda line: -abs(line.points))[:most])


def _assumptions(facts: Facts) -> tuple[Assumption, ...]:
    """What was taken for granted: dated tables, and facts that nobody stated."""
    as_of = min(route.as_of for route in routes())
    table = Assumption(
        name="life table", text="what providers still train is as in the life table", source="ftsdk.catalogue",
        as_of=str(as_of),
    )  # fmt: skip
    assumed = [
        Assumption(name=name, text=f"{name} was assumed", value=facts.known().get(name), source=origin.where or "",
                   as_of=str(as_of))
        for name, origin in facts.origins.items() if origin.kind == "assumed"
    ]  # fmt: skip
    return (table, *assumed)
