"""The small rules that the schema is made of: a rule looks at one value and reports what Slack would refuse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, NamedTuple


class Finding(NamedTuple):
    """One thing wrong with a payload: where (JSON pointer), a short code, and a sentence."""

    pointer: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.message} [{self.code}]"


class Report:
    """What was found in one payload, and what has to be counted over all of it."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.characters = 0
        self.focused = 0
        self.nodes: list[tuple[str, dict[str, Any]]] = []

    def add(self, pointer: str, code: str, message: str) -> None:
        """Record a finding."""
        self.findings.append(Finding(pointer, code, message))


Rule = Callable[[Report, Any, str], None]
Also = Callable[[Report, dict[str, Any], str], None]


def string(most: int, least: int = 1, *, counted: bool = False) -> Rule:
    """Text of ``least`` to ``most`` characters; ``counted`` towards the message's total."""

    def check(report: Report, value: Any, at: str) -> None:
        if not isinstance(value, str):
            report.add(at, "not_a_string", f"is {type(value).__name__}, not text")
            return
        if counted:
            report.characters += len(value)
        if len(value) > most:
            report.add(at, "too_long", f"has {len(value)} characters; at most {most} are allowed")
        elif len(value.strip()) < least:
            report.add(at, "empty", "is empty")

    return check


def text(most: int, *kinds: str) -> Rule:
    """A text object of one of ``kinds`` (both when none is given)."""
    allowed = kinds or ("plain_text", "mrkdwn")
    words = string(most, counted=True)
    known = {"type", "text", "emoji", "verbatim"}

    def check(report: Report, value: Any, at: str) -> None:
        if not isinstance(value, dict) or value.get("type") not in allowed:
            report.add(at, "wrong_text_type", f"must be {' or '.join(allowed)}")
            return
        words(report, value.get("text"), f"{at}/text")
        foreign = "verbatim" if value["type"] == "plain_text" else "emoji"
        if foreign in value or not known >= value.keys():
            report.add(at, "unknown_key", f"a {value['type']} object has a key that it may not have")
        report.nodes.append((at, value))

    return check


def boolean(report: Report, value: Any, at: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        report.add(at, "not_a_boolean", "must be true or false")


def number(report: Report, value: Any, at: str) -> None:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        report.add(at, "not_a_number", "must be a finite number")


def anything(report: Report, value: Any, at: str) -> None:
    """A value that Slack does not look into."""


def one_of(*values: Any) -> Rule:
    """One of a few fixed values."""

    def check(report: Report, value: Any, at: str) -> None:
        if value not in values:
            report.add(at, "unknown_value", f"is {value!r}; one of {', '.join(map(str, values))} is allowed")

    return check


def whole(least: int, most: int) -> Rule:
    """A whole number from ``least`` to ``most``."""

    def check(report: Report, value: Any, at: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            report.add(at, "out_of_range", f"must be a whole number from {least} to {most}")

    return check


def each(rule: Rule, least: int, most: int) -> Rule:
    """A list of ``least`` to ``most`` things that each keep ``rule``."""

    def check(report: Report, value: Any, at: str) -> None:
        if not isinstance(value, list):
            report.add(at, "not_a_list", "must be a list")
            return
        if not least <= len(value) <= most:
            report.add(at, "wrong_number", f"has {len(value)} items; {least} to {most} are allowed")
        for index, item in enumerate(value):
            rule(report, item, f"{at}/{index}")

    return check


def shape(fields: Mapping[str, Rule], required: tuple[str, ...] = (), also: Also | None = None) -> Rule:
    """An object with these keys and no others; ``also`` looks at what holds between them."""

    def check(report: Report, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            report.add(at, "not_an_object", "must be an object")
            return
        for key in required:
            if key not in value:
                report.add(at, "missing_key", f"needs {key!r}")
        for key, item in value.items():
            rule = fields.get(key)
            if rule is not None:
                rule(report, item, f"{at}/{key}")
            elif key != "type":
                report.add(f"{at}/{key}", "unknown_key", "is not a key that Slack knows here")
        report.nodes.append((at, value))
        if also is not None:
            also(report, value, at)

    return check


def typed(table: Mapping[str, Rule], allowed: frozenset[str] | None = None) -> Rule:
    """An object whose ``type`` says which rule of ``table`` it keeps; only ``allowed`` types."""

    def check(report: Report, value: Any, at: str) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in table:
            report.add(at, "unknown_type", f"{kind!r} is not a type that Slack knows here")
        elif allowed is not None and kind not in allowed:
            report.add(at, "wrong_place", f"{kind} may not stand here")
        else:
            table[kind](report, value, at)

    return check


def unique(report: Report, values: list[Any], at: str, code: str, what: str) -> None:
    """Report when the same value stands twice."""
    if len(set(map(str, values))) != len(values):
        report.add(at, code, f"{what} must be unique")
