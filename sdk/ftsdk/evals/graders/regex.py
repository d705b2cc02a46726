"""Whether a pattern is found in the answer, by RE2, whose time is linear whatever the pattern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ftsdk.data.value import Row
from ftsdk.errors import SpecError
from ftsdk.evals.text import short
from ftsdk.evals.value import Score


@dataclass(frozen=True)
class Regex:
    """1 when the pattern is found anywhere in the answer."""

    name: str
    pattern: Any
    binary: ClassVar[bool] = True
    phrase: ClassVar[str] = "matches the pattern on {} of rows"
    caution: ClassVar[str] = ""

    def grade(self, answer: str, _row: Row) -> Score:
        if self.pattern.search(answer):
            return Score(value=1.0)
        return Score(value=0.0, detail=f"no match in {short(answer, 70)!r}")


def from_pattern(name: str, pattern: str) -> Regex:
    """The grader of a pattern; raises SpecError when RE2 does not take it."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return Regex(name, re2.compile(pattern, options))
    except re2.error as error:
        reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise SpecError(
            f"the pattern of metric {name!r} is none that RE2 takes: {short(reason)}",
            help="look-around and back-references are not in RE2; write the pattern without them",
        ) from error
