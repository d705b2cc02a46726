"""A rule: a condition on what is known, the points it gives to options, and why; written as one row of a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ftsdk.advise.options import OptionCode
from ftsdk.advise.view import KEYS, View

_CLAUSE = re.compile(r"(!?)([\w.]+)=([\w|?]+)")


class Clause(NamedTuple):
    """One part of a condition: ``key`` has one of ``values``, or none of them when ``negated``."""

    key: str
    values: frozenset[str]
    negated: bool

    def holds(self, view: View) -> bool:
        """Whether it holds; an unknown fact makes neither a clause nor its opposite hold (``key=?`` asks for it)."""
        have = view[self.key]
        if have is None:
            return "?" in self.values and not self.negated
        return self.values.isdisjoint(have) == self.negated


def parse(when: str) -> tuple[Clause, ...]:
    """The clauses of ``goal=cost|latency & !failure=behaviour``; the empty condition always holds.

    Raises ValueError when a key is none that the rules see.
    """
    clauses = []
    for part in filter(None, (part.strip() for part in when.split("&"))):
        found = _CLAUSE.fullmatch(part)
        if found is None or found[2] not in KEYS:
            raise ValueError(f"no such condition: {part!r}")
        clauses.append(Clause(found[2], frozenset(found[3].split("|")), bool(found[1])))
    return tuple(clauses)


@dataclass(frozen=True, eq=False)
class _Row:
    """A row of the rules' or the gates' table: its condition, read once."""

    id: str
    when: str

    clauses: tuple[Clause, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "clauses", parse(self.when))

    def fires(self, view: View) -> bool:
        """Whether every clause holds."""
        return all(clause.holds(view) for clause in self.clauses)


@dataclass(frozen=True, eq=False)
class Rule(_Row):
    """Evidence: when ``when`` holds, ``points`` are added. About 3 is weak, 6 strong, 9 near-decisive."""

    points: Mapping[OptionCode, float]
    code: str
    reason: str
    source: str
    as_of: str = "2026-11"


@dataclass(frozen=True, eq=False)
class Gate(_Row):
    """A condition under which options are out (``below`` None) or may not pass ahead of another option."""

    options: frozenset[OptionCode]
    below: OptionCode | None
    code: str
    reason: str
    source: str
    as_of: str = "2026-11"
