"""Whether the answer is JSON, alone, that satisfies a schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NoReturn

from ftsdk.data.value import Row
from ftsdk.errors import SpecError
from ftsdk.evals.graders import strict_json
from ftsdk.evals.text import short
from ftsdk.evals.value import Score

if TYPE_CHECKING:
    from jsonschema_rs import Validator


@dataclass(frozen=True)
class JsonSchema:
    """1 when the answer parses strictly and the schema accepts it; the detail names the first fault."""

    name: str
    validator: Validator
    binary: ClassVar[bool] = True
    phrase: ClassVar[str] = "gives valid JSON on {} of rows"
    # No arm here is constrained; hosted models and llama.cpp can be (grammars, response_format).
    caution: ClassVar[str] = (
        "constrained decoding alone would give every arm valid JSON: read it as form, and what the fields say as what "
        "training bought"
    )

    def grade(self, answer: str, _row: Row) -> Score:
        try:
            value = strict_json.parse(answer)
        except ValueError as error:
            return Score(value=0.0, detail=str(error))
        fault = next(iter(self.validator.iter_errors(value)), None)
        if fault is None:
            return Score(value=1.0)
        return Score(value=0.0, detail=short(f"{_path(fault.instance_path)}{fault.message}"))


def from_schema(name: str, path: str, text: str) -> JsonSchema:
    """The grader for the schema in ``text``. Raises SpecError when it is no JSON Schema; ``path`` is for the message.

    The schema may come from a stranger's pull request: it is interpreted, never compiled to code, its patterns run
    without exponential backtracking, and its references reach neither the network nor the disk.
    """
    import jsonschema_rs

    try:
        return JsonSchema(name, jsonschema_rs.validator_for(_schema(text), retriever=_refuse))
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        reason = short(str(error).splitlines()[0] if str(error) else type(error).__name__)
        raise SpecError(
            f"{path} is not a JSON Schema that metric {name!r} can use: {reason}",
            help="correct the schema; keep definitions in the same file, under $defs",
        ) from error


def _schema(text: str) -> dict[str, object] | bool:
    schema = strict_json.parse(text)
    if not isinstance(schema, dict | bool):
        raise ValueError("a schema is an object, true or false")
    return schema


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"the reference {short(uri, 80)} points outside the schema")


def _path(parts: Sequence[str | int]) -> str:
    return f"{'.'.join(str(part) for part in parts)}: " if parts else ""
