"""A mapping, from a file, a form or a program, as Facts: units made equal, words understood, the rest said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from ftsdk.advise.domain import CHOICES, FAILURES, NOTHING, NUMBERS, SAME, TEXTS
from ftsdk.advise.facts import Facts, Origin, Tried
from ftsdk.advise.quantity import Range
from ftsdk.advise.units import NotAQuantity, calls_per_month, count, money, tokens
from ftsdk.diagnostics import Diagnostic, Severity

LARGEST = 1e18
ANSWERED = Origin(kind="answered")
_TOKENS = frozenset({"prompt_tokens", "static_tokens", "output_tokens", "corpus_tokens"})


class Reading:
    """Facts being read, with what was not understood; nothing that a mapping holds raises."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.values: dict[str, Any] = {}
        self.findings: list[Diagnostic] = []

    def say(self, code: str, message: str, help: str) -> None:
        """Note something that was not understood; the fact stays unknown."""
        self.findings.append(Diagnostic(code=f"facts/{code}", severity=Severity.warning, message=message, help=help))


def read_facts(
    content: Mapping[str, Any], *, origin: Origin = ANSWERED, onto: Facts | None = None
) -> tuple[Facts, tuple[Diagnostic, ...]]:
    """Facts from ``content`` (the fields of the published cases), and a warning for each thing not understood.

    What is not understood stays unknown. Numbers may carry units (``3,000 per day``, ``2k words``); ``onto`` are
    facts that were known before. ``facts:`` and ``situation:`` around the fields are looked through.
    """
    reading = Reading(origin)
    inner = content.get("facts")
    for name, value in (inner if isinstance(inner, Mapping) else content).items():
        _read_field(reading, str(name), value)
    facts = (onto or Facts()).changed(reading.values, origin)
    stated = content.get("origins")
    if isinstance(stated, Mapping):
        facts = _with_origins(reading, facts, stated)
    return facts, tuple(reading.findings)


def _read_field(reading: Reading, name: str, value: Any) -> None:
    if name == "origins" or value is None:
        return
    if name == "tried":
        _read_tried(reading, value)
    elif name == "failure":
        _read_failure(reading, value)
    elif name == "cost":
        _read_cost(reading, value)
    elif name in NUMBERS:
        _read_number(reading, name, value)
    elif name in TEXTS:
        reading.values[name] = str(value)[:500]
    elif name in CHOICES:
        _read_choice(reading, name, value, SAME.get(name.partition(".")[0], {}))
    elif not name.endswith("_note"):
        known = [*CHOICES, *NUMBERS, *TEXTS, "failure", "tried"]
        near = get_close_matches(name, known, n=1)
        help = f"did you mean {near[0]!r}?" if near else "docs/advise.md lists the facts"
        reading.say("unknown-field", f"there is no fact called {name!r}; it was left out", help)


def _word(value: Any) -> str:
    """A value as one lower-case word; YAML 1.1 readers turn yes and no into booleans."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip().lower().replace("-", "_").replace(" ", "_")


def _read_choice(reading: Reading, name: str, value: Any, same: Mapping[str, str]) -> None:
    word = _word(value)
    word = same.get(word, word)
    if word in CHOICES[name]:
        reading.values[name] = word
    elif word not in NOTHING:
        near = get_close_matches(word, CHOICES[name], n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        help = f"{hint}it can be: {', '.join(CHOICES[name])}, unknown"
        reading.say("unknown-value", f"{name} cannot be {str(value)[:60]!r}; it counts as unknown", help)


def _read_tried(reading: Reading, value: Any) -> None:
    if not isinstance(value, Mapping):
        known = ", ".join(Tried.model_fields)
        reading.say("unknown-value", "tried is not a mapping; it counts as unknown", f"write one line each of: {known}")
        return
    for name, outcome in value.items():
        if f"tried.{name}" in CHOICES:
            _read_field(reading, f"tried.{name}", outcome)
        else:
            near = get_close_matches(str(name), list(Tried.model_fields), n=1)
            help = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(Tried.model_fields)}"
            reading.say("unknown-field", f"nothing to try is called {name!r}; it was left out", help)


def _read_failure(reading: Reading, value: Any) -> None:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, Sequence):
        reading.say("unknown-value", "failure is not a list; it counts as unknown", f"any of: {', '.join(FAILURES)}")
        return
    words = [SAME["failure"].get(_word(item), _word(item)) for item in given]
    for word in words:
        if word not in FAILURES and word not in NOTHING:
            near = get_close_matches(word, FAILURES, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            reading.say(
                "unknown-value",
                f"failure cannot be {word[:60]!r}; it was left out",
                f"{hint}any of: {', '.join(FAILURES)}",
            )
    # One order for all, so that the order in which failures were named can change nothing.
    reading.values["failure"] = tuple(failure for failure in FAILURES if failure in words)


def _read_number(reading: Reading, name: str, value: Any) -> None:
    if isinstance(value, str) and _word(value) in NOTHING:
        return
    try:
        number = _quantity(name, value)
    except NotAQuantity as reason:
        reading.say("unknown-value", f"{name}: {reason}; it counts as unknown", reason.help)
        return
    if not 0 <= number <= LARGEST or (name == "base_score" and number > 1):
        reading.say("unknown-value", f"{name} cannot be {str(value)[:60]!r}; it counts as unknown", "check the number")
        return
    whole = name in ("n_examples", "prompt_tokens", "static_tokens", "output_tokens")
    reading.values[name] = round(number) if whole else number


def _read_cost(reading: Reading, value: Any) -> None:
    """Numbers for the break-even: one number, or low, likely and high of it."""
    if not isinstance(value, Mapping):
        reading.say("unknown-value", "cost is not a mapping; it was left out", f"any of: {', '.join(COSTS)}")
        return
    read = {}
    for name, given in value.items():
        if name not in COSTS:
            near = get_close_matches(str(name), COSTS, n=1)
            help = f"did you mean {near[0]!r}?" if near else f"any of: {', '.join(COSTS)}"
            reading.say("unknown-field", f"no part of the cost is called {name!r}; it was left out", help)
            continue
        try:
            read[str(name)] = _range(COSTS[name], given)
        except ValueError as reason:
            help = "write one number, or low, likely and high in this order"
            reading.say("unknown-value", f"cost.{name}: {_first_line(reason)}; it was left out", help)
    reading.values["cost"] = read


def _range(unit: Callable[[Any], float], given: Any) -> Range:
    if isinstance(given, Mapping):
        ends = {end: unit(given[end]) for end in ("low", "likely", "high") if end in given}
        likely = ends.get("likely", sum(ends.values()) / max(1, len(ends)))
        return Range(low=ends.get("low", likely), likely=likely, high=ends.get("high", likely), source="told by you")
    number = unit(given)
    return Range(low=number, likely=number, high=number, source="told by you")


def _first_line(reason: ValueError) -> str:
    return "low, likely and high are not in this order" if isinstance(reason, ValidationError) else str(reason)


# What may be told of the cost, each in its unit.
COSTS: dict[str, Callable[[Any], float]] = {
    "calls": calls_per_month, "before": money, "after": money, "fixed": money, "hosting": money, "bill": money,
    "price_fall": count, "gate": count, "horizon_months": count, "retrain_every": count, "retrain_share": count,
    "engineering_days": count, "day_rate": money, "labels": count, "label_price": money, "evaluation": money,
    "training": money,
}  # fmt: skip


def _quantity(name: str, value: Any) -> float:
    if name == "calls_per_month":
        return calls_per_month(value)
    return tokens(value) if name in _TOKENS else count(value)


def _with_origins(reading: Reading, facts: Facts, stated: Mapping[Any, Any]) -> Facts:
    origins = dict(facts.origins)
    for name, origin in stated.items():
        try:
            origins[str(name)] = Origin.model_validate(origin)
        except ValueError:
            reading.say("unknown-origin", f"the origin of {name!r} is not one; it was left out", "kind, quote, where")
    return facts.model_copy(update={"origins": origins})
