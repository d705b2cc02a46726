"""Whether the answer calls the expected tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ftsdk.data.value import Row
from ftsdk.evals.graders import strict_json
from ftsdk.evals.graders.json_fields import same
from ftsdk.evals.text import short
from ftsdk.evals.value import Score
from ftsdk.providers.inference import Answer

Call = tuple[str, object]


@dataclass(frozen=True)
class ToolCalls:
    """1 when the calls are the expected ones, in any order; ``arguments`` are compared as JSON where asked for.

    A row whose expected answer calls nothing is right when the answer calls nothing.
    """

    name: str
    arguments: bool
    binary: ClassVar[bool] = True
    phrase: ClassVar[str] = "calls the right tools on {} of rows"
    caution: ClassVar[str] = ""

    def grade(self, _answer: str, row: Row) -> Score:
        """A text alone calls nothing."""
        return self._compare([], row)

    def grade_whole(self, answer: Answer, row: Row) -> Score:
        return self._compare([_call(call) for call in answer.tool_calls], row)

    def _compare(self, given: list[Call], row: Row) -> Score:
        expected = [(call.name, _parsed(call.arguments)) for call in row.messages[-1].tool_calls]
        left = list(expected)
        for call in given:
            match = next((other for other in left if self._alike(call, other)), None)
            if match is None:
                return Score(value=0.0, detail=f"calls {_said(given)} instead of {_said(expected)}")
            left.remove(match)
        if left:
            return Score(value=0.0, detail=f"does not call {_said(left)}")
        return Score(value=1.0)

    def _alike(self, given: Call, expected: Call) -> bool:
        return given[0] == expected[0] and (not self.arguments or same(given[1], expected[1]))


def _call(call: Mapping[str, Any]) -> Call:
    """A call in OpenAI's form, or with name and arguments at the top."""
    function: Mapping[str, Any] = call.get("function") or call
    arguments = function.get("arguments", function.get("input", {}))
    return str(function.get("name", "")), _parsed(arguments) if isinstance(arguments, str) else arguments


def _parsed(arguments: str) -> object:
    try:
        return strict_json.parse(arguments) if arguments.strip() else {}
    except ValueError:
        return arguments  # compared as the text that it is


def _said(calls: list[Call]) -> str:
    return short(", ".join(f"{name}({arguments})" for name, arguments in calls), 120) or "nothing"
