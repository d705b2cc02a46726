"""What would change the advice: the smallest changes of one fact that put another option first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ftsdk.advise.domain import BANDS, CHOICES, FAILURES
from ftsdk.advise.facts import Facts, Failure
from ftsdk.advise.options import CODES, OPTIONS, OptionCode
from ftsdk.advise.table import score_rows, variants
from ftsdk.advise.value import Flip
from ftsdk.advise.words import fact_name, value_words

SHOWN = 5
# A fact that is known is changed to its neighbour before one that is not known is filled in.
_UNKNOWN_DISTANCE = 1.5
_NUMBER_OF = {"volume_band": "calls_per_month", "data_amount": "n_examples"}


class Change(NamedTuple):
    """One fact changed: from what, to what, and how far apart they are on its scale."""

    fact: str
    before: Any
    after: Any
    distance: float


def find_flips(facts: Facts, top: OptionCode) -> tuple[Flip, ...]:
    """At most five changes of one fact each that put another option before ``top``, the smallest first, one a fact."""
    every = sorted(changes(facts), key=lambda change: change.distance)
    points = score_rows(variants(facts, [(change.fact, change.after) for change in every]))
    found: dict[str, Flip] = {}
    for change, first in zip(every, points.argmax(axis=1), strict=True):
        if CODES[first] != top and change.fact not in found and len(found) < SHOWN:
            found[change.fact] = _flip(change, CODES[first])
    return tuple(found.values())


def _flip(change: Change, option: OptionCode) -> Flip:
    title = OPTIONS[option].title
    return Flip(
        fact=change.fact,
        before=change.before,
        after=change.after,
        option=option,
        title=title,
        text=_sentence(change, title),
    )


def changes(facts: Facts) -> Iterator[Change]:
    """Every single change worth looking at."""
    for field, values in CHOICES.items():
        if getattr(facts, _NUMBER_OF.get(field, ""), None) is not None:
            continue  # the exact number counts, not the band
        yield from _choice_changes(facts, field, values)
    for field, bands in BANDS.items():
        yield from _number_changes(facts, field, bands)
    yield from _failure_changes(facts)


def _choice_changes(facts: Facts, field: str, values: tuple[str, ...]) -> Iterator[Change]:
    present = getattr(facts.tried, field[6:]) if field.startswith("tried.") else getattr(facts, field)
    at = values.index(present) if present in values else None
    for index, value in enumerate(values):
        if value != present:
            yield Change(field, present, value, _UNKNOWN_DISTANCE if at is None else abs(index - at))


def _number_changes(facts: Facts, field: str, bands: tuple[tuple[str, float], ...]) -> Iterator[Change]:
    """To the nearest number in each other band; where the number is unknown a band is told instead, if there is one."""
    present = getattr(facts, field)
    if present is None and field in _NUMBER_OF.values():
        return
    for index, (_, least) in enumerate(bands):
        ends = least if index + 1 == len(bands) else bands[index + 1][1]
        if present is None:
            yield Change(field, None, least or bands[1][1] / 2, _UNKNOWN_DISTANCE)
        elif present < least:
            yield Change(field, present, least, 1.0)
        elif index + 1 < len(bands) and present >= ends:
            yield Change(field, present, _just_under(ends), 1.0)


def _just_under(number: float) -> float:
    return number - 1 if number > 1 else number * 0.99


def _failure_changes(facts: Facts) -> Iterator[Change]:
    present: frozenset[Failure] = frozenset(facts.failure)
    for failure in FAILURES:
        after = present ^ {failure}
        if after:
            ordered = tuple(item for item in FAILURES if item in after)
            yield Change("failure", facts.failure, ordered, 1.0 if present else _UNKNOWN_DISTANCE)


def _sentence(change: Change, title: str) -> str:
    name, after = fact_name(change.fact), value_words(change.fact, change.after)
    before = value_words(change.fact, change.before)
    return f"{title}, if {name} were: {after} (now: {before})"
