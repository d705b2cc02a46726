"""One file to training, validation and test rows: seeded, by group, stratified or by time; nothing alike straddles."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import Literal, NamedTuple

from ftsdk.data.leaks import leaks_between, near_index
from ftsdk.data.prompts import Prompts
from ftsdk.data.value import AnyRow
from ftsdk.errors import UsageError
from ftsdk.values import Value

Side = Literal["train", "validation", "test"]
SIDES: tuple[Side, ...] = ("train", "validation", "test")
SHOWN_FIELDS = 12
SMALL = 0.5  # a side with less than this part of the rows asked for is told


class Shares(Value):
    """What part of the rows is held out."""

    validation: float = 0.0
    test: float = 0.2

    def of(self, side: Side) -> float:
        """The part of one side."""
        return {"train": 1 - self.validation - self.test, "validation": self.validation, "test": self.test}[side]


class Rule(Value):
    """How rows are divided: fields of metadata whose rows stay together, whose shares stay equal, which tells time."""

    group_by: tuple[str, ...] = ()
    stratify_by: str | None = None
    time_by: str | None = None
    seed: int = 42


class Division(NamedTuple):
    """The side of each row, the rows' prompts, and what those that had to stay together did to the shares."""

    sides: list[Side]
    prompts: Prompts
    clusters: int
    notes: tuple[str, ...]


def divide(rows: Iterable[AnyRow], shares: Shares, rule: Rule, ancestors: Sequence[Prompts] = ()) -> Division:
    """The side of each row.

    Rows with one ``metadata.group``, one value of a ``group_by`` field, or prompts that are equal, near or contained
    in one another stay together. Rows that an ancestor was trained on are training rows. The same rows give the same
    sides on every machine and in any order of the file. Raises UsageError for shares or fields that cannot be.
    """
    _require_shares(shares)
    known = _Known(rule)
    prompts = Prompts(known.noted(rows))
    if len(prompts) < 2:
        raise UsageError(f"{len(prompts)} rows cannot be split", help="gather more rows first")
    _require_fields(known, rule, len(prompts))
    clusters = _Clusters(len(prompts))
    for members in known.together():
        clusters.join(members)
    _join_equal(clusters, prompts)
    for alike in near_index(prompts).pairs(prompts.alike):
        clusters.join((alike.first, alike.second))
    seen = _seen_by(ancestors, prompts)
    while True:
        sides = _assign(clusters, prompts, known, shares, rule, seen)
        straddling = _straddling(prompts, sides)
        if not straddling:
            return Division(sides, prompts, clusters.count(), tuple(_notes(sides, shares, clusters)))
        for pair in straddling:
            clusters.join(pair)


class _Known:
    """What the rule needs of each row's metadata, noted while the rows pass by."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.strata: list[str] = []
        self.times: list[str] = []
        self._groups: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.missing: Counter[str] = Counter()
        self.fields: dict[str, None] = {}  # of metadata, as they come

    def noted(self, rows: Iterable[AnyRow]) -> Iterable[AnyRow]:
        """The rows, noted one by one."""
        for index, row in enumerate(rows):
            if len(self.fields) < SHOWN_FIELDS:
                self.fields |= dict.fromkeys(row.metadata)
            if row.group is not None:
                self._groups["group", row.group].append(index)
            for field in self.rule.group_by:
                if field in row.metadata:
                    self._groups[field, row.metadata[field]].append(index)
                else:
                    self.missing[field] += 1
            self.strata.append(self._field(row, self.rule.stratify_by))
            self.times.append(self._field(row, self.rule.time_by))
            yield row

    def together(self) -> Iterable[Sequence[int]]:
        """Rows of one group each."""
        return self._groups.values()

    def _field(self, row: AnyRow, field: str | None) -> str:
        if field is None:
            return ""
        if field not in row.metadata:
            self.missing[field] += 1
        return row.metadata.get(field, "")


class _Clusters:
    """Rows that stay together (disjoint sets with path halving)."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def root(self, row: int) -> int:
        """The smallest row of the cluster that ``row`` is in."""
        parent = self._parent
        while parent[row] != row:
            parent[row] = row = parent[parent[row]]
        return row

    def join(self, rows: Sequence[int]) -> None:
        """Make these rows one cluster."""
        roots = sorted({self.root(row) for row in rows})
        for other in roots[1:]:
            self._parent[other] = roots[0]

    def members(self) -> dict[int, list[int]]:
        """The rows of each cluster."""
        found: dict[int, list[int]] = defaultdict(list)
        for row in range(len(self._parent)):
            found[self.root(row)].append(row)
        return found

    def count(self) -> int:
        """How many clusters there are."""
        return sum(parent == row for row, parent in enumerate(self._parent))


def _join_equal(clusters: _Clusters, prompts: Prompts) -> None:
    first: dict[int, int] = {}
    for row, key in enumerate(prompts.keys):
        clusters.join((first.setdefault(key, row), row))


def _seen_by(ancestors: Sequence[Prompts], prompts: Prompts) -> set[int]:
    return {leak.row for ancestor in ancestors for leak in leaks_between(ancestor, prompts)}


def _assign(
    clusters: _Clusters, prompts: Prompts, known: _Known, shares: Shares, rule: Rule, seen: set[int]
) -> list[Side]:
    """A side for every cluster: to the one that lacks most of what the cluster brings, or the newest to the test."""
    members = list(clusters.members().values())
    free = [rows for rows in members if not seen.intersection(rows)]
    sides: list[Side] = ["train"] * len(prompts)
    if rule.time_by is not None:
        ordered = sorted(free, key=lambda rows: max(_moment(known.times[row]) for row in rows), reverse=True)
        return _newest_first(ordered, sides, shares)
    names = {id(rows): _name(rows, prompts, rule.seed) for rows in free}
    free.sort(key=lambda rows: (-len(rows), names[id(rows)]))
    wanted = {side: {name: count * shares.of(side) for name, count in Counter(known.strata).items()} for side in SIDES}
    for rows in (*(rows for rows in members if seen.intersection(rows)), *free):
        brings = Counter(known.strata[row] for row in rows)
        side = "train" if seen.intersection(rows) else _neediest(wanted, brings)
        for name, count in brings.items():
            wanted[side][name] -= count
        for row in rows:
            sides[row] = side
    return sides


def _neediest(wanted: Mapping[Side, Mapping[str, float]], brings: Mapping[str, int]) -> Side:
    return max(SIDES, key=lambda side: sum(wanted[side][name] * count for name, count in brings.items()))


def _newest_first(ordered: Sequence[Sequence[int]], sides: list[Side], shares: Shares) -> list[Side]:
    """The newest clusters to the test, the next to validation, until each has its share."""
    held: tuple[Side, ...] = ("test", "validation")
    left = {side: shares.of(side) * len(sides) for side in held}
    for rows in ordered:
        side = next((side for side in held if left[side] >= len(rows) / 2), None)
        if side is None:
            break
        left[side] -= len(rows)
        for row in rows:
            sides[row] = side
    return sides


def _name(rows: Sequence[int], prompts: Prompts, seed: int) -> bytes:
    """What a cluster is called, whatever the order of the file: a keyed hash of its smallest prompt."""
    return hashlib.sha256(f"{seed}:{min(prompts.keys[row] for row in rows)}".encode()).digest()


def _straddling(prompts: Prompts, sides: Sequence[Side]) -> list[tuple[int, int]]:
    """Pairs of like prompts on two sides."""
    rows = {side: [row for row, on in enumerate(sides) if on == side] for side in SIDES}
    parts = {side: prompts.subset(rows[side]) for side in SIDES}
    return [
        (rows[first][leak.seen], rows[second][leak.row])
        for first, second in combinations(SIDES, 2)
        for leak in leaks_between(parts[first], parts[second])
    ]


def _moment(text: str) -> float:
    """Seconds for a number or an ISO 8601 time (UTC when it says no zone); raises UsageError."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        help = "write numbers, or ISO 8601: 2026-11-22T20:00:00Z"
        raise UsageError(f"{text[:40]!r} is no time", help=help) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _notes(sides: Sequence[Side], shares: Shares, clusters: _Clusters) -> Iterable[str]:
    counts = Counter(sides)
    largest = max(clusters.members().values(), key=len)
    for side in SIDES:
        asked = shares.of(side) * len(sides)
        if counts[side] < SMALL * asked:
            yield (
                f"{side} has {counts[side]:,} rows and not {asked:,.0f}: "
                f"the largest cluster of rows that stay together has {len(largest):,}"
            )


def _require_shares(shares: Shares) -> None:
    for name, share in (("validation", shares.validation), ("test", shares.test)):
        if not 0 <= share < 1:
            raise UsageError(f"the {name} share {share} is not between 0 and 1", help="write for example 0.2")
    if not 0 < shares.validation + shares.test < 1:
        raise UsageError("nothing would be left on one side", help="hold out more than none and less than all")


def _require_fields(known: _Known, rule: Rule, rows: int) -> None:
    for field, count in known.missing.items():
        if count == rows:
            there = ", ".join(list(known.fields)[:SHOWN_FIELDS])
            help = (
                f"the rows have metadata.{{{there}}}" if there else "the rows have no metadata: import them with --map"
            )
            raise UsageError(
                f"no row has metadata.{field}", help=help + "; rows of one group stay together by themselves"
            )
    if rule.time_by and known.missing[rule.time_by]:
        count = known.missing[rule.time_by]
        raise UsageError(f"{count:,} rows have no metadata.{rule.time_by}", help="give each its time, or split by seed")
