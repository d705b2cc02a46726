"""Share of the expected JSON object's fields that the answer has right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ftsdk.data.value import Row
from ftsdk.evals.graders import strict_json
from ftsdk.evals.text import short
from ftsdk.evals.value import Score

_NAMED = 8


@dataclass(frozen=True)
class JsonFields:
    """Every expected field counts the same; ``parts`` has each. An answer that is not a JSON object has none right.

    Keys that nobody expected cost nothing (a json_schema metric can forbid them) but are named in the detail.
    """

    name: str
    binary: ClassVar[bool] = False
    phrase: ClassVar[str] = "answers {} of fields right"
    caution: ClassVar[str] = ""

    def grade(self, answer: str, row: Row) -> Score:
        expected = _expected(row)
        try:
            given = strict_json.parse(answer)
        except ValueError as error:
            return _all_wrong(expected, str(error))
        if not isinstance(given, dict):
            return _all_wrong(expected, "the answer is not a JSON object")
        parts = {key: float(key in given and same(given[key], value)) for key, value in expected.items()}
        value = sum(parts.values()) / len(parts) if parts else 1.0
        return Score(value=value, parts=parts, detail=_faults(given, expected, parts))


def same(given: object, expected: object) -> bool:
    """Whether two JSON values are equal: 1 equals 1.0, but true is not 1, and text is compared letter by letter."""
    if isinstance(given, bool) or isinstance(expected, bool):
        return given is expected
    if isinstance(given, dict) and isinstance(expected, dict):
        return given.keys() == expected.keys() and all(same(given[key], expected[key]) for key in expected)
    if isinstance(given, list) and isinstance(expected, list):
        return len(given) == len(expected) and all(map(same, given, expected))
    return given == expected


def _expected(row: Row) -> dict[str, object]:
    try:
        expected = strict_json.parse(row.answer)
    except ValueError as error:
        raise ValueError(f"the expected answer of row {row.id}: {error}") from error
    if not isinstance(expected, dict):
        raise ValueError(f"the expected answer of row {row.id} is not a JSON object")
    return expected


def _all_wrong(expected: Mapping[str, object], detail: str) -> Score:
    return Score(value=0.0, detail=detail, parts=dict.fromkeys(expected, 0.0))


def _faults(given: Mapping[str, object], expected: Mapping[str, object], parts: Mapping[str, float]) -> str:
    faults = [_fault(key, given, expected[key]) for key, right in parts.items() if not right]
    extra = [short(key, 40) for key in given if key not in expected]
    if extra:
        more = f" and {len(extra) - _NAMED} more" if len(extra) > _NAMED else ""
        faults.append(f"extra {', '.join(extra[:_NAMED])}{more}")
    return short("; ".join(faults), 400)


def _fault(key: str, given: Mapping[str, object], expected: object) -> str:
    if key not in given:
        return f"{key} missing"
    return f"{key} {_shown(given[key])} instead of {_shown(expected)}"


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    return short(repr(value), 40)
