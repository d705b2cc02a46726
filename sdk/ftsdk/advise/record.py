"""A decision kept in the repository: facts, the advice they led to, and later what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field

from ftsdk.advise.advisor import advise
from ftsdk.advise.engine import Reason
from ftsdk.advise.facts import Facts, Origin
from ftsdk.advise.options import OptionCode
from ftsdk.advise.read import read_facts
from ftsdk.advise.reality import provider_reality
from ftsdk.advise.value import ENGINE_VERSION, Advice
from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import SpecError
from ftsdk.spec import Decision
from ftsdk.spec.document import Document
from ftsdk.spec.fields import Says
from ftsdk.spec.read import fit, read_document
from ftsdk.values import Value

Result = Literal["hit", "miss", "unclear"]
Day = Annotated[date, Field(strict=False), Says("a day such as 2026-11-23")]


class Outcome(Value):
    """What came of a decision: what was done, and whether the advice proved right."""

    result: Result
    did: OptionCode | None = None
    note: str = ""
    on: Day


class KeptAdvice(Value):
    """What was advised, short: the first options with points, the reasons, the doubt, the chance that it pays.

    ``saving`` is the net saving of training that was named, in US dollars: low (10 %), likely, high (90 %).
    """

    recommendation: OptionCode
    title: str
    confidence: str
    margin: float
    first: dict[str, float]
    reasons: tuple[str, ...]
    flips: tuple[str, ...]
    chance_to_pay: float | None = None
    saving: tuple[float, float, float] | None = None


class DecisionRecord(Value):
    """One ``kind: Decision`` document: ``facts`` are those of `Facts`, ``prices_as_of`` dates the tables used."""

    name: str
    facts: dict[str, Any]
    advice: KeptAdvice
    engine_version: str = ENGINE_VERSION
    decided_on: date
    prices_as_of: str
    outcome: Outcome | None = None
    path: str | None = Field(None, exclude=True)


class Recheck(Value):
    """A decision looked at again: what would be advised today, and everything that differs."""

    name: str
    decided_on: date
    checked_on: date
    before: str
    today: str
    changed: bool
    differences: tuple[str, ...]


class DecisionList(Value):
    """Decisions with what came of them: ``hits`` and ``misses`` of those whose outcome is known."""

    decisions: tuple[DecisionRecord, ...]
    hits: int
    misses: int
    open: int


def record_of(name: str, advice: Advice) -> DecisionRecord:
    """What is kept of an advice."""
    first = advice.ranked[0]
    kept = KeptAdvice(
        recommendation=advice.recommendation,
        title=advice.title,
        confidence=advice.confidence,
        margin=advice.margin,
        first={item.option: item.points for item in advice.ranked[:3]},
        reasons=tuple(_said(reason) for reason in (*first.reasons_for, *first.reasons_against)),
        flips=tuple(flip.text for flip in advice.flips),
        chance_to_pay=advice.cost.chance if advice.cost else None,
        saving=_saving(advice),
    )
    return DecisionRecord(
        name=name,
        facts=_stated(advice.facts),
        advice=kept,
        decided_on=advice.as_of,
        prices_as_of=min((item.as_of for item in advice.assumptions), default=str(advice.as_of)),
    )


def _saving(advice: Advice) -> tuple[float, float, float] | None:
    return (round(advice.cost.p10), round(advice.cost.p50), round(advice.cost.p90)) if advice.cost else None


def with_outcome(record: DecisionRecord, result: str, did: str | None, note: str, on: date) -> DecisionRecord:
    """The record with what was done (an option's code, None for none) and whether it worked: hit, miss, unclear.

    Raises ValueError for other words.
    """
    outcome = Outcome.model_validate({"result": result, "did": did, "note": note[:500], "on": on})
    return record.model_copy(update={"outcome": outcome})


def decision_yaml(record: DecisionRecord) -> str:
    """The document as text; what it says is data, no tags or anchors."""
    body = record.model_dump(mode="json", exclude={"name", "path"}, exclude_none=True)
    document = {"apiVersion": "ftsdk/v1", "kind": "Decision", "metadata": {"name": record.name}, "spec": body}
    return yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)


class _Plain(yaml.SafeDumper):
    """Writes out what occurs twice: the documents' reader refuses anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


class _Body(Value):
    facts: dict[str, Any] = Field(description="What was known.")
    advice: KeptAdvice = Field(description="What was advised.")
    engine_version: str = ENGINE_VERSION
    decided_on: Day = Field(description="The day of the advice.")
    prices_as_of: str = Field(description="The day of the oldest price that was used.")
    outcome: Outcome | None = None


class _Committed(Decision):
    spec: _Body  # type: ignore[assignment]  # the envelope's dict, typed


def read_decision(data: bytes, path: str) -> DecisionRecord:
    """The record in a file; raises SpecError with every finding at its place."""
    document, findings = read_document(data, path)
    decision, misfits = fit(document, _Committed) if document is not None else (None, ())
    if decision is None or findings:
        help = "`ft validate` shows where; `ft advise --save FILE` writes one"
        raise SpecError(f"{path} holds no decision", findings=(*findings, *misfits), help=help)
    body = {name: getattr(decision.spec, name) for name in _Body.model_fields}
    return DecisionRecord(name=decision.metadata.name, path=path, **body)


def decision_findings(document: Document) -> tuple[Diagnostic, ...]:
    """What does not hold in a document of ``kind: Decision``, its body included, each at its place."""
    return fit(document, _Committed)[1]


def recheck(record: DecisionRecord, today: date) -> Recheck:
    """Whether today's rules, prices and retirements would change a decision."""
    facts = read_facts(record.facts)[0]
    now = advise(facts, today=today)
    before = record.advice
    differences = [*_ranking_differences(before, now), *_provider_differences(record, facts, today)]
    if before.chance_to_pay is not None and now.cost and (before.chance_to_pay >= 0.7) != now.cost.claim:
        differences.append(f"the chance that training pays was {before.chance_to_pay:.0%}, is {now.cost.chance:.0%}")
    differences += _saving_differences(before.saving, _saving(now))
    if record.engine_version != ENGINE_VERSION:
        differences.append(f"the rules were version {record.engine_version}, are version {ENGINE_VERSION}")
    return Recheck(
        name=record.name,
        decided_on=record.decided_on,
        checked_on=today,
        before=before.title,
        today=now.title,
        changed=now.recommendation != before.recommendation,
        differences=tuple(differences),
    )


def listed(records: Sequence[DecisionRecord]) -> DecisionList:
    """Decisions with their hits and misses."""
    results = [record.outcome.result if record.outcome else None for record in records]
    return DecisionList(
        decisions=tuple(sorted(records, key=lambda record: (record.decided_on, record.name))),
        hits=results.count("hit"),
        misses=results.count("miss"),
        open=len(results) - results.count("hit") - results.count("miss"),
    )


def _ranking_differences(before: KeptAdvice, now: Advice) -> list[str]:
    if now.recommendation != before.recommendation:
        return [f"was “{before.title}”, would be “{now.title}”"]
    return [] if now.confidence == before.confidence else [f"was {before.confidence}, would be {now.confidence}"]


def _saving_differences(before: tuple[float, ...] | None, now: tuple[float, ...] | None) -> list[str]:
    """Whether a figure of the net saving is another one than was named, by more than a hundredth of the largest."""
    if before is None or now is None:
        return []
    least = max(100.0, 0.01 * max(map(abs, before)))
    if all(abs(one - other) <= least for one, other in zip(before, now, strict=True)):
        return []
    was, today = ([f"{usd:,.0f}" for usd in figures] for figures in (before, now))
    return [f"the net saving in USD (low, likely, high) was {'; '.join(was)}, is {'; '.join(today)}"]


def _provider_differences(record: DecisionRecord, facts: Facts, today: date) -> list[str]:
    """Routes to the option that were open when it was decided, and that end or have ended."""
    option = record.advice.recommendation
    then = {(note.provider, note.models): note for note in provider_reality(option, facts, record.decided_on)}
    now = {(note.provider, note.models): note for note in provider_reality(option, facts, today)}
    told = []
    for key, note in then.items():
        status = now[key].status if key in now else "over"
        if note.status != status:
            told.append(f"{note.provider} ({', '.join(note.models)}): was {note.status}, is {status}")
    return told


def _stated(facts: Facts) -> dict[str, Any]:
    """The known facts, what was told of the cost, and where they came from."""
    known: dict[str, Any] = {}
    for name, value in facts.known().items():
        if name.startswith("tried."):
            known.setdefault("tried", {})[name[6:]] = value
        else:
            known[name] = list(value) if isinstance(value, tuple) else value
    if facts.cost:
        known["cost"] = {name: of.model_dump(include={"low", "likely", "high"}) for name, of in facts.cost.items()}
    origins = {name: origin for name, origin in facts.origins.items() if origin != Origin(kind="answered")}
    if origins:
        known["origins"] = {name: origin.model_dump(exclude_none=True) for name, origin in origins.items()}
    return known


def _said(reason: Reason) -> str:
    sign = "for" if reason.points > 0 or reason.code == "pays_back" else "against"
    return f"{sign} ({reason.points:+g}, {reason.rule}): {reason.text}"
