"""Graders by the type that a spec names; a new one is a file here and a line in the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ftsdk.evals.graders.exact import Exact
from ftsdk.evals.graders.grader import Grader
from ftsdk.evals.graders.json_fields import JsonFields
from ftsdk.evals.graders.json_schema import JsonSchema, from_schema
from ftsdk.spec.model import Metric

ReadText = Callable[[str], str]
"""Text of a file named in a spec, relative to it; raises the error that the user shall see."""

GRADERS: dict[str, Callable[..., Grader]] = {
    "exact": lambda metric, _: Exact(metric.name),
    "json_fields": lambda metric, _: JsonFields(metric.name),
    "json_schema": lambda metric, read_text: from_schema(metric.name, metric.schema_, read_text(metric.schema_)),
}


def build_graders(metrics: Sequence[Metric], read_text: ReadText) -> tuple[Grader, ...]:
    """One grader for each metric, in the spec's order. Raises SpecError for a schema that is none."""
    return tuple(GRADERS[metric.type](metric, read_text) for metric in metrics)


__all__ = ["GRADERS", "Exact", "Grader", "JsonFields", "JsonSchema", "ReadText", "build_graders"]
