"""Facts -> Advice: score, rank, and say why, how surely, what would change it and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from pydantic import ValidationError

from ftsdk.advise.confidence import confidence, record
from ftsdk.advise.engine import Reason, Scored, score
from ftsdk.advise.experiments import EXPERIMENTS
from ftsdk.advise.facts import Facts
from ftsdk.advise.flips import find_flips
from ftsdk.advise.interview import next_question
from ftsdk.advise.money import Cost, cost_inputs, price_out
from ftsdk.advise.money.simulate import DRAWS, LABELS, VARIED
from ftsdk.advise.options import OPTIONS, TRAINING, OptionCode
from ftsdk.advise.quantity import plain
from ftsdk.advise.read import read_facts
from ftsdk.advise.reality import provider_reality
from ftsdk.advise.risks import risks_of
from ftsdk.advise.value import Advice, Assumption, RankedOption
from ftsdk.advise.view import view
from ftsdk.catalogue import routes
from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import UsageError

REASONS_FOR = 3
REASONS_AGAINST = 1


def advise(facts: Facts | Mapping[str, Any], *, today: date | None = None, draws: int = DRAWS) -> Advice:
    """What to do, ranked, with reasons, doubt, what would change it and what to try next.

    ``facts`` are Facts or a mapping with their fields; what is not understood there is told in ``findings`` and counts
    as unknown. ``today`` (default: the clock's) dates what providers still offer. ``draws`` is how many futures the
    break-even looks at; 0 leaves money out. Nothing is asked of the network. Raises UsageError when numbers that were
    told of the cost do not fit together.
    """
    findings: tuple[Diagnostic, ...] = ()
    if not isinstance(facts, Facts):
        facts, findings = read_facts(facts)
    today = today or datetime.now(UTC).date()
    scored = score(facts)
    first, second = scored.order[:2]
    lead = round(scored.points[first] - scored.points[second], 6)
    word = confidence(lead)
    cost = _cost(facts, scored.order[:3], today, draws)
    if cost is not None:
        scored = scored._replace(trace=(*scored.trace, *_money_lines(cost)))
    return Advice(
        recommendation=first,
        title=OPTIONS[first].title,
        sentence=OPTIONS[first].sentence,
        ranked=tuple(_ranked(option, scored) for option in scored.order),
        confidence=word,
        margin=lead,
        record=record(word, first),
        flips=find_flips(facts, first),
        next_question=next_question(facts),
        experiment=EXPERIMENTS[first],
        risks=risks_of(first, view(facts)),
        providers=provider_reality(first, facts, today),
        assumptions=_assumptions(facts, cost),
        cost=cost,
        facts=facts,
        trace=scored.trace,
        findings=findings,
        as_of=today,
    )


def _ranked(option: OptionCode, scored: Scored) -> RankedOption:
    about = [line for line in scored.trace if line.option == option]
    pays = [line for line in about if _pays(line)]
    return RankedOption(
        option=option,
        title=OPTIONS[option].title,
        sentence=OPTIONS[option].sentence,
        points=round(scored.points[option], 6),
        reasons_for=(*_strongest([line for line in about if line.points > 0], REASONS_FOR - len(pays)), *pays),
        reasons_against=(
            *_strongest([line for line in about if line.points < 0], REASONS_AGAINST),
            *(line for line in about if line.kind == "money" and not _pays(line)),
        ),
        gates=tuple(line for line in about if line.kind == "gate"),
    )


def _pays(line: Reason) -> bool:
    return line.kind == "money" and line.code == "pays_back"


def _strongest(lines: Sequence[Reason], most: int) -> tuple[Reason, ...]:
    return tuple(sorted(lines, key=lambda line: -abs(line.points))[:most])


def _assumptions(facts: Facts, cost: Cost | None) -> tuple[Assumption, ...]:
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
    if cost is None:
        return (table, *assumed)
    numbers = [
        Assumption(
            name=f"cost.{name}",
            text=f"{LABELS[name]}: {plain(of.likely)} ({plain(of.low)} to {plain(of.high)})",
            value=of.likely,
            source=of.source,
            as_of=of.as_of,
        )
        for name, of in ((name, getattr(cost.inputs, name)) for name in VARIED)
    ]
    return (table, *assumed, *numbers)


def _cost(facts: Facts, first: Sequence[OptionCode], today: date, draws: int) -> Cost | None:
    """The break-even, where money is the question or training is near and the number of calls is known."""
    asked = facts.goal == "cost" or "cost" in facts.failure or bool(facts.cost) or not TRAINING.isdisjoint(first)
    if not draws or not asked:
        return None
    try:
        inputs = cost_inputs(facts, today)
    except ValueError as reason:
        raise UsageError(f"the cost cannot be computed: {_said(reason)}", help="look at `cost` in the facts") from None
    return None if inputs is None else price_out(inputs, draws=draws)


def _said(reason: ValueError) -> str:
    return str(reason.errors()[0]["msg"]) if isinstance(reason, ValidationError) else str(reason)


def _money_lines(cost: Cost) -> tuple[Reason, ...]:
    """What the break-even says for or against training; it carries no points, because its numbers are assumed."""
    code, kind = ("pays_back", "money") if cost.claim else ("cost_not_amortised", "money")
    return tuple(
        Reason.model_validate(
            {"option": option, "points": 0.0, "kind": kind, "rule": "break-even", "code": code, "text": cost.text,
             "facts": ("volume",), "source": "docs/advise.md, the arithmetic of cost", "as_of": "2026-11"}
        )
        for option in ("sft", "distil")
    )  # fmt: skip
