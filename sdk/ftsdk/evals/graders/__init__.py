"""Graders by the type that a spec names; a new one is a file here and a line in the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ftsdk.evals.graders.by_arm import ByArm, Cost, cost
from ftsdk.evals.graders.choice import Choice
from ftsdk.evals.graders.contains import Contains
from ftsdk.evals.graders.exact import Exact
from ftsdk.evals.graders.function import PythonFunction, from_path
from ftsdk.evals.graders.grader import Grader, NeedsNoExpected, WholeAnswer, sees_whole, unit_of
from ftsdk.evals.graders.json_fields import JsonFields
from ftsdk.evals.graders.json_schema import JsonSchema, from_schema
from ftsdk.evals.graders.json_valid import JsonValid
from ftsdk.evals.graders.number import Number
from ftsdk.evals.graders.openai_definition import from_definition
from ftsdk.evals.graders.overlap import chrf, rouge
from ftsdk.evals.graders.quantities import Latency, Length
from ftsdk.evals.graders.regex import from_pattern
from ftsdk.evals.graders.text import NormalisedText
from ftsdk.evals.graders.tool_call import ToolCalls
from ftsdk.spec.model import Metric

ReadText = Callable[[str], str]
"""Text of a file named in a spec, relative to it; raises the error that the user shall see."""


class Surroundings(NamedTuple):
    """What graders may use of where they are built."""

    read_text: ReadText
    python: bool


JUDGED = "scores {} with the judge"
MODEL_GRADERS = ("score_model", "label_model")

GRADERS: dict[str, Callable[[Any, Surroundings], Grader]] = {
    "exact": lambda metric, _: Exact(metric.name),
    "text": lambda metric, _: NormalisedText(metric.name, metric.ignore),
    "contains": lambda metric, _: Contains(metric.name, metric.texts, metric.all),
    "regex": lambda metric, _: from_pattern(metric.name, metric.pattern),
    "number": lambda metric, _: Number(metric.name, metric.tolerance, metric.relative),
    "json_valid": lambda metric, _: JsonValid(metric.name),
    "json_schema": lambda metric, here: from_schema(metric.name, metric.schema_, here.read_text(metric.schema_)),
    "json_fields": lambda metric, _: JsonFields(metric.name),
    "tool_call": lambda metric, _: ToolCalls(metric.name, metric.arguments),
    "choice": lambda metric, _: Choice(metric.name, metric.labels),
    "chrf": lambda metric, _: chrf(metric.name),
    "rouge": lambda metric, _: rouge(metric.name, metric.variant),
    "length": lambda metric, _: Length(metric.name, metric.unit),
    "latency": lambda metric, _: Latency(metric.name),
    "cost": lambda metric, _: cost(metric.name),
    "python": lambda metric, here: from_path(metric.name, metric.function, allowed=here.python),
    "openai_grader": lambda metric, here: _openai(metric, here),
    "judge": lambda metric, _: ByArm(metric.name, JUDGED),
}


def build_graders(metrics: Sequence[Metric], read_text: ReadText, *, python: bool = False) -> tuple[Grader, ...]:
    """One grader for each metric, in the spec's order; ``python`` says whether functions of this machine may run.

    Raises SpecError for a schema, pattern or definition that is none, PolicyDenied for Python where it may not run,
    ExtraMissing without the package that a metric needs.
    """
    here = Surroundings(read_text, python)
    return tuple(GRADERS[metric.type](metric, here) for metric in metrics)


def _openai(metric: Any, here: Surroundings) -> Grader:
    if metric.grader.type in MODEL_GRADERS:
        return ByArm(metric.name, JUDGED, binary=metric.grader.type == "label_model")
    return from_definition(metric.name, metric.grader, code_allowed=here.python)


__all__ = [
    "GRADERS",
    "ByArm",
    "Choice",
    "Cost",
    "Exact",
    "Grader",
    "JsonFields",
    "JsonSchema",
    "NeedsNoExpected",
    "PythonFunction",
    "ReadText",
    "WholeAnswer",
    "build_graders",
    "sees_whole",
    "unit_of",
]
