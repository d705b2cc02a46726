"""What people write and what it tells: the patterns of patterns.yaml, compiled once when the first text is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml

FLAGS = re.IGNORECASE | re.DOTALL
# A sentence goes on behind the point in a number.
_NEAR = r"([^.]|\.\d){0,60}?"

Rows = tuple[tuple[str, re.Pattern[str]], ...]


class Patterns(NamedTuple):
    """``failures`` may all hold; of ``facts`` the first row found counts, of ``tasks`` the one that stands first."""

    failures: Rows
    facts: Mapping[str, Rows]
    tasks: Rows
    conversation: re.Pattern[str]
    good_enough: re.Pattern[str]
    not_good: re.Pattern[str]
    denied_before: re.Pattern[str]
    denied_after: re.Pattern[str]


@cache
def patterns() -> Patterns:
    """Every pattern, families filled in."""
    table: dict[str, Any] = yaml.safe_load(files("ftsdk.advise.extract").joinpath("patterns.yaml").read_text("utf-8"))
    families = {name: f"({_any(lines)})" for name, lines in table["families"].items()}

    def compiled(lines: Iterable[str]) -> re.Pattern[str]:
        text = re.sub(r"<(\w+)>", lambda found: families[found[1]], _any(lines))
        return re.compile(text.replace("...", _NEAR), FLAGS)

    def rows(of: Sequence[Mapping[str, Sequence[str]]]) -> Rows:
        return tuple((value, compiled(lines)) for row in of for value, lines in row.items())

    return Patterns(
        failures=rows(table["failures"]),
        facts={fact: rows(of) for fact, of in table["facts"].items()},
        tasks=rows(table["tasks"]),
        **{name: compiled(table[name]) for name in Patterns._fields[3:]},
    )


def _any(lines: Iterable[str]) -> str:
    return "|".join(lines)
