"""The rules and gates as arrays, to score thousands of variants of a case at once; `engine.score` is the definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache, reduce
from operator import and_
from typing import TYPE_CHECKING, Any, NamedTuple

from ftsdk.advise.domain import BANDS, CHOICES, FAILURES
from ftsdk.advise.engine import BEHIND, OUT
from ftsdk.advise.facts import Facts, Tried
from ftsdk.advise.gates import GATES
from ftsdk.advise.options import CODES
from ftsdk.advise.rule import Clause, Gate, Rule
from ftsdk.advise.rules import RULES
from ftsdk.advise.view import KEYS, View, derived, told_together, view

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = NDArray[np.uint8]
    Points = NDArray[np.float32]

_BANDED = {"volume": "calls_per_month", "data": "n_examples", "corpus": "corpus_tokens", "prompt": "prompt_tokens",
           "prefix": "static_tokens", "base_score": "base_score"}  # fmt: skip
_DERIVED = {
    "prompting": ("no", "tried", "exhausted", "costly", "works"),
    "quality": ("short", "proven"),
    "weights_stay_here": ("yes", "no"),
    "open_base": ("yes", "no"),
}
COLUMNS: dict[str, int] = {key: index for index, key in enumerate(sorted(KEYS))}


def values_of(key: str) -> tuple[str, ...]:
    """Every value that a key of the view can have."""
    if key == "failure":
        return FAILURES
    if key in _BANDED:
        return tuple(name for name, _ in BANDS[_BANDED[key]])
    return _DERIVED[key] if key in _DERIVED else CHOICES[key]


# Unknown is 0; failures are bits, everything else counts from 1.
_CODES: dict[str, dict[str, int]] = {
    key: {value: 1 << index if key == "failure" else index + 1 for index, value in enumerate(values_of(key))}
    for key in COLUMNS
}


class Arrays(NamedTuple):
    """Each clause's column and answers by code, the clauses of each rule and gate, and the points of each rule."""

    clauses: list[tuple[int, NDArray[np.bool_]]]
    rules: list[list[int]]
    points: Points
    gates: list[tuple[list[int], list[int], int | None]]


def encode(seen: View) -> list[int]:
    """A view as one row of codes."""
    row = [_CODES[key][value[0]] if (value := seen[key]) else 0 for key in COLUMNS]
    row[COLUMNS["failure"]] = sum(_CODES["failure"][value] for value in seen["failure"] or ())
    return row


def variants(facts: Facts, changes: Sequence[tuple[str, Any]]) -> Codes:
    """One row for each change of one fact; values must be legal."""
    import numpy as np

    base = encode(view(facts))
    rows = np.array([base] * len(changes), dtype=np.uint8).reshape(-1, len(base))
    told = told_together(facts)
    for row, (field, value) in zip(rows, changes, strict=True):
        for column, code in _together(told | {field: value}, field) if field in told else _effect(field, value):
            row[column] = code
    return rows


def _together(told: Mapping[str, Any], changed: str) -> Iterator[tuple[int, int]]:
    """The codes of a changed fact whose meaning depends on others, and of what they mean together."""
    for key, value in derived(told).items():
        yield COLUMNS[key], _CODES[key][value] if value else 0
    if changed in COLUMNS:
        codes, value = _CODES[changed], told[changed]
        yield COLUMNS[changed], sum(codes[item] for item in value) if changed == "failure" else codes.get(value, 0)


@lru_cache(maxsize=4096)
def _effect(field: str, value: Any) -> tuple[tuple[int, int], ...]:
    """Which codes a change of one fact sets."""
    before, after = encode(view(Facts())), encode(view(altered(Facts(), field, value)))
    changed = {column for column, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]}
    own = {COLUMNS[key] for key in (field, _KEYS.get(field)) if key in COLUMNS}
    return tuple((column, after[column]) for column in changed | own)


_KEYS = {"volume_band": "volume", "data_amount": "data"} | {number: key for key, number in _BANDED.items()}


def altered(facts: Facts, field: str, value: Any) -> Facts:
    """``facts`` with one legal value put in unchecked, for scoring only.

    A band that is told instead of a number takes the number away: it would count before the band.
    """
    fields: dict[str, Any] = {field: value}
    if field.startswith("tried."):
        fields = {"tried": Tried.model_construct(**(facts.tried.__dict__ | {field[6:]: value}))}
    if field in _NUMBER_OF:
        fields[_NUMBER_OF[field]] = None
    return Facts.model_construct(**(facts.__dict__ | fields))


_NUMBER_OF = {"volume_band": "calls_per_month", "data_amount": "n_examples"}


def score_rows(rows: Codes) -> Points:
    """Points of every option (in the order of CODES) for every row; the same as `engine.score`."""
    import numpy as np

    arrays = _arrays()
    columns = rows.T.astype(np.intp)
    held = [answers.take(columns[column]) for column, answers in arrays.clauses]
    fires = np.empty((len(arrays.rules), len(rows)), dtype=np.float32)
    for row, clauses in enumerate(arrays.rules):
        fires[row] = _all(held, clauses)
    # Not `@`: so small a product would wait for BLAS threads on a busy machine.
    points = np.einsum("or,rn->on", arrays.points, fires)
    for clauses, options, below in arrays.gates:
        where = _all(held, clauses)
        if where.any():
            limit = np.where(where, np.float32(OUT) if below is None else points[below] - np.float32(BEHIND), np.inf)
            for option in options:
                np.minimum(points[option], limit, out=points[option])
    scored: Points = points.T
    return scored


def _all(held: Sequence[NDArray[np.bool_]], clauses: Sequence[int]) -> Any:
    """Rows in which all clauses hold; True where there are none."""
    return reduce(and_, (held[clause] for clause in clauses)) if clauses else True


@cache
def _arrays() -> Arrays:
    import numpy as np

    rows: tuple[Rule | Gate, ...] = (*RULES, *GATES)
    every = list(dict.fromkeys(clause for rule in rows for clause in rule.clauses))
    number = {clause: index for index, clause in enumerate(every)}
    points = np.zeros((len(CODES), len(RULES)), dtype=np.float32)
    for row, rule in enumerate(RULES):
        for option, given in rule.points.items():
            points[CODES.index(option), row] = given
    gates = sorted(GATES, key=lambda gate: gate.below is not None)  # what is out is out first
    return Arrays(
        clauses=[(COLUMNS[clause.key], np.array(list(_answers(clause)))) for clause in every],
        rules=[[number[clause] for clause in rule.clauses] for rule in RULES],
        points=points,
        gates=[
            (
                [number[clause] for clause in gate.clauses],
                [index for index, code in enumerate(CODES) if code in gate.options],
                None if gate.below is None else CODES.index(gate.below),
            )
            for gate in gates
        ],
    )


def _answers(clause: Clause) -> Iterable[bool]:
    """Whether the clause holds, by code of its key."""
    codes = _CODES[clause.key]
    for code in range((1 << len(codes)) if clause.key == "failure" else len(codes) + 1):
        have = tuple(value for value, bit in codes.items() if (code & bit if clause.key == "failure" else code == bit))
        yield clause.holds({clause.key: have or None})
