"""A function of this machine as a grader."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from ftsdk.data.value import Row
from ftsdk.errors import PolicyDenied, SpecError
from ftsdk.evals.value import Score
from ftsdk.providers.inference import Answer

Function = Callable[[Answer, Row], object]


@dataclass(frozen=True)
class PythonFunction:
    """Calls ``function(answer, row)``; it returns a number from 0 to 1, a bool or a Score. What it raises scores 0."""

    name: str
    function: Function
    binary: ClassVar[bool] = False
    own_standard: ClassVar[bool] = True
    phrase: ClassVar[str] = "scores {} by a function"
    caution: ClassVar[str] = ""

    def grade(self, answer: str, row: Row) -> Score:
        """Of a text alone."""
        return self.grade_whole(text_answer(answer), row)

    def grade_whole(self, answer: Answer, row: Row) -> Score:
        found = self.function(answer, row)
        if isinstance(found, Score):
            return found
        if isinstance(found, (bool, int, float)):
            return Score(value=float(found))
        raise TypeError(f"the function returned {type(found).__name__}, not a number")


def text_answer(text: str) -> Answer:
    """A text as an answer that took nothing."""
    from ftsdk.providers.inference import Usage

    usage = Usage(prompt_tokens=0, completion_tokens=0)
    return Answer(text=text, usage=usage, latency=0.0, finish_reason="stop")


def from_path(name: str, path: str, *, allowed: bool) -> PythonFunction:
    """The grader of ``module:function``. Raises PolicyDenied when the project forbids it, SpecError when it is none."""
    if not allowed:
        raise PolicyDenied(
            f"metric {name!r} names the Python function {path}, and this project runs none from a spec",
            help="policy.python_graders: true in ftsdk.yaml allows it; or grade in Python with ftsdk.compare",
        )
    module, _, function = path.partition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    try:
        found: Any = getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise SpecError(
            f"metric {name!r}: {path} cannot be loaded: {error}", help="give a module that Python finds from here"
        ) from error
    if not callable(found):
        raise SpecError(f"metric {name!r}: {path} is no function", help="name a function of answer and row")
    return PythonFunction(name, found)
