"""Advice as a value: a ranked list of options with its trace, its doubt, and what would change it."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from ftsdk.advise.engine import Reason
from ftsdk.advise.facts import Facts
from ftsdk.advise.interview import Step
from ftsdk.advise.money import Cost
from ftsdk.advise.options import OptionCode
from ftsdk.advise.questions import Question
from ftsdk.diagnostics import Diagnostic
from ftsdk.values import Value

ENGINE_VERSION = "1"

ConfidenceWord = Literal["clear", "leaning", "toss-up"]


class RankedOption(Value):
    """One option with its points, the three strongest reasons for it and the strongest against it."""

    option: OptionCode
    title: str
    sentence: str
    points: float
    reasons_for: tuple[Reason, ...]
    reasons_against: tuple[Reason, ...]
    gates: tuple[Reason, ...]


class Record(Value):
    """How often this band of confidence was right on the published cases; ``tested`` is False where none covers it."""

    hits: int
    cases: int
    tested: bool
    text: str


class Flip(Value):
    """A change of one fact that would put another option first; verified by scoring the changed case."""

    fact: str
    before: Any
    after: Any
    option: OptionCode
    title: str
    text: str


class Experiment(Value):
    """The cheapest thing to do next that can tell more than talking: what, what it takes, and when to stop."""

    text: str
    takes: str
    stop: str


class Risk(Value):
    """What can go wrong with what is advised, and what to do about it."""

    code: str
    text: str
    remedy: str
    source: str


class RouteNote(Value):
    """Where a model can be trained in this way, and for how long."""

    provider: str
    models: tuple[str, ...]
    status: Literal["open", "ends soon", "over"]
    text: str
    source: str
    as_of: date


class Assumption(Value):
    """Something taken for granted, with its date; ``name`` is what to set to change it."""

    name: str
    text: str
    value: float | str | None = None
    source: str
    as_of: str


class Advice(Value):
    """What `advise` returns.

    ``recommendation`` is the first of ``ranked``; ``margin`` its lead in points. ``trace`` holds every line that
    gave or took points; all reasons are lines of it. ``findings`` are facts that were not understood.
    """

    recommendation: OptionCode
    title: str
    sentence: str
    ranked: tuple[RankedOption, ...]
    confidence: ConfidenceWord
    margin: float
    record: Record
    flips: tuple[Flip, ...]
    next_question: Question | None
    experiment: Experiment
    risks: tuple[Risk, ...]
    providers: tuple[RouteNote, ...]
    assumptions: tuple[Assumption, ...]
    cost: Cost | None
    facts: Facts
    trace: tuple[Reason, ...]
    findings: tuple[Diagnostic, ...] = ()
    engine_version: str = ENGINE_VERSION
    as_of: date

    def option(self, code: str) -> RankedOption:
        """The place of one option in the ranking; raises KeyError when there is no such option."""
        return next(iter([item for item in self.ranked if item.option == code]) or _missing(code))


def _missing(code: str) -> Any:
    raise KeyError(code)


__all__ = ["Advice", "Assumption", "Experiment", "Flip", "RankedOption", "Record", "Risk", "RouteNote", "Step"]
