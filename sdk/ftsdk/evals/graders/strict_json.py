"""JSON as RFC 8259 has it and nothing around it: no fences, no prose, no NaN, no key twice."""

from __future__ import annotations

import json
import math
from typing import NoReturn

from ftsdk.evals.text import short


def parse(text: str) -> object:
    """The value that the whole text spells. Raises ValueError with a short reason for the reader of a report."""
    stripped = text.strip()
    if not stripped:
        raise ValueError("the answer is empty")
    if stripped.startswith("```"):
        raise ValueError("the answer is fenced in ```; JSON alone was asked for")
    try:
        return json.loads(
            stripped, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_finite_number
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    except RecursionError as error:
        raise ValueError("nested too deeply to be read") from error


def written(value: object) -> str:
    """A value as JSON text, as models write it."""
    return json.dumps(value, ensure_ascii=False)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {short(twice, 40)!r} occurs twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite_number(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"the number {short(digits, 40)} is too large")
    return number
