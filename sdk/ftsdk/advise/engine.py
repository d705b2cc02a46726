"""Facts to points: gates and additive evidence, one trace from which everything that is said is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal, NamedTuple

from ftsdk.advise.facts import Facts
from ftsdk.advise.gates import GATES
from ftsdk.advise.options import CODES, OptionCode
from ftsdk.advise.rule import Gate, Rule
from ftsdk.advise.rules import RULES
from ftsdk.advise.view import View, view
from ftsdk.values import Value

# Where an option that is ruled out ends up: below everything that evidence alone can reach.
OUT = -50.0
BEHIND = 0.5

Points = dict[OptionCode, float]


class Reason(Value):
    """One line of the trace: what a rule or gate gave to an option; ``code`` is its short name for programs."""

    option: OptionCode
    points: float
    kind: Literal["evidence", "gate", "money"]
    rule: str
    code: str
    text: str
    facts: tuple[str, ...]
    source: str
    as_of: str


class Scored(NamedTuple):
    """Every option's points and the trace that adds up to them."""

    points: Points
    trace: tuple[Reason, ...]

    @property
    def order(self) -> tuple[OptionCode, ...]:
        """Options from best to worst."""
        return ranked(self.points)


def score(facts: Facts, rules: Sequence[Rule] = RULES) -> Scored:
    """Points and trace of a case."""
    seen = view(facts)
    points: Points = dict.fromkeys(CODES, 0.0)
    trace: list[Reason] = []
    for rule in rules:
        if rule.fires(seen):
            for option, given in rule.points.items():
                points[option] += given
                trace.append(_evidence(rule, option))
    for gate, option, lost in hold_back(seen, points):
        trace.append(_reason(gate, option, lost, "gate"))
    return Scored(points, tuple(trace))


def ranked(points: Mapping[OptionCode, float]) -> tuple[OptionCode, ...]:
    """Options from best to worst; of equals the one that is cheaper to undo comes first."""
    return tuple(sorted(CODES, key=lambda option: -points[option]))


def hold_back(seen: View, points: Points) -> list[tuple[Gate, OptionCode, float]]:
    """Applies the gates to ``points``: which gate took how much from which option.

    An option behind another ends half a point below it, and never above where the evidence put it; a gate that finds
    it there already is told all the same.
    """
    held = []
    firing = [gate for gate in GATES if gate.fires(seen)]
    for gate in sorted(firing, key=lambda gate: gate.below is not None):  # what is out is out first
        for option in (code for code in CODES if code in gate.options):
            limit = OUT if gate.below is None else points[gate.below] - BEHIND
            held.append((gate, option, min(0.0, limit - points[option])))
            points[option] = min(points[option], limit)
    return held


@cache
def _evidence(rule: Rule, option: OptionCode) -> Reason:
    return _reason(rule, option, rule.points[option], "evidence")


def _reason(rule: Rule | Gate, option: OptionCode, given: float, kind: Literal["evidence", "gate"]) -> Reason:
    return Reason.model_construct(
        option=option,
        points=given,
        kind=kind,
        rule=rule.id,
        code=rule.code,
        text=rule.reason,
        facts=tuple(dict.fromkeys(clause.key for clause in rule.clauses)),
        source=rule.source,
        as_of=rule.as_of,
    )
