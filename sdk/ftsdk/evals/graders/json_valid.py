"""Whether the answer is JSON, alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ftsdk.data.value import Row
from ftsdk.evals.graders import strict_json
from ftsdk.evals.value import Score


@dataclass(frozen=True)
class JsonValid:
    """1 when the whole answer parses strictly; the detail says why not."""

    name: str
    binary: ClassVar[bool] = True
    phrase: ClassVar[str] = "gives JSON on {} of rows"
    caution: ClassVar[str] = ""

    def grade(self, answer: str, _row: Row) -> Score:
        try:
            strict_json.parse(answer)
        except ValueError as error:
            return Score(value=0.0, detail=str(error))
        return Score(value=1.0)
