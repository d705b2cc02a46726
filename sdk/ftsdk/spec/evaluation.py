"""What is compared and how it is scored: arms, metrics, judges and the gates on their outcome."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ftsdk.spec.fields import DataPath, Name, RelativePath, Sha256, SpecValue, Text, source
from ftsdk.spec.later import later

_OFF = source("off unless asked for")


class ResponseFormat(SpecValue):
    """What the shape of answers is constrained to, where the connection can."""

    type: Literal["json", "json_schema"] = Field(
        "json_schema", description="Any JSON, or JSON of a schema.", json_schema_extra=source("the stricter one")
    )
    schema_: RelativePath | None = Field(None, alias="schema", description="JSON Schema file; json_schema needs one.")


class ArmOptions(SpecValue):
    """What an arm may set beside what it is."""

    response_format: ResponseFormat | None = Field(None, description="Free text when absent.")


class PromptedArm(ArmOptions):
    """The base model under another prompt."""

    prompted: RelativePath = Field(description="File with the prompt.")


class FewShotArm(ArmOptions):
    """The base model with examples from the training rows, chosen by the method's seed."""

    few_shot: int = Field(ge=1, le=64, description="How many examples.")
    prompt: RelativePath | None = Field(None, description="Prompt file above the examples; the spec's when absent.")
    choose: Literal["seed", "similarity"] = Field(
        "seed",
        description="The same examples for all rows, or the nearest to each.",
        json_schema_extra=source("cheaper: the prompt is cached"),
    )


if TYPE_CHECKING:
    from ftsdk.spec.other_arms import OtherArm
    from ftsdk.spec.other_metrics import OtherMetric
else:
    OtherArm = later("other_arms", "OtherArm")
    OtherMetric = later("other_metrics", "OtherMetric")

ArmSpec = Annotated[Literal["base", "tuned"] | PromptedArm | FewShotArm | OtherArm, Field(union_mode="left_to_right")]


class SpecMetric(SpecValue):
    """One score per answer."""

    name: Name = Field(description="What gates and reports call it.")


class ExactMetric(SpecMetric):
    """Whether the answer equals the expected text (after trimming outer space)."""

    type: Literal["exact"] = Field(description="Whether the answer equals the expected text.")


class JsonSchemaMetric(SpecMetric):
    """Whether the answer is JSON that satisfies a schema."""

    type: Literal["json_schema"] = Field(description="Whether the answer is JSON that satisfies a schema.")
    schema_: RelativePath = Field(alias="schema", description="JSON Schema file.")


class JsonFieldsMetric(SpecMetric):
    """Share of the expected JSON object's fields that the answer has right, averaged over rows."""

    type: Literal["json_fields"] = Field(description="Share of the expected object's fields that are right.")


Metric = Annotated[ExactMetric | JsonSchemaMetric | JsonFieldsMetric | OtherMetric, Field(union_mode="left_to_right")]


class Suite(SpecValue):
    """Further held-out rows that are reported apart and decide nothing."""

    name: Name = Field(description="What reports call it.")
    dataset: DataPath = Field(description="Chat JSONL.")
    sha256: Sha256 | None = Field(None, description="Of the file; an address needs one.")


class Sampling(SpecValue):
    """How every arm answers."""

    temperature: float = Field(
        0.0, ge=0, le=2, description="0 takes the likeliest token.", json_schema_extra=source("comparisons repeat")
    )
    top_p: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Share of the likelihood that is drawn from.",
        json_schema_extra=source("all of it"),
    )
    seed: int | None = Field(None, ge=0, lt=2**31, description="Where the connection has one; none when absent.")


class Evaluation(SpecValue):
    """Arms on the same held-out rows."""

    dataset: DataPath = Field(
        description="Held-out chat JSONL; no row of it may be in the training data. splits.test takes the test split."
    )
    sha256: Sha256 | None = Field(None, description="Of the file; an address needs one.")
    max_rows: int | None = Field(None, ge=1, description="Evaluate a seeded sample of so many rows; all when absent.")
    arms: tuple[ArmSpec, ...] = Field(
        ("base", "tuned"),
        min_length=1,
        max_length=16,
        description="Ways of answering that are compared.",
        json_schema_extra=source("the least that shows a gain"),
    )
    metrics: tuple[Metric, ...] = Field(min_length=1, max_length=32, description="The first is the primary one.")
    max_tokens: int = Field(
        256,
        ge=1,
        le=1_000_000,
        description="Longest answer, in tokens.",
        json_schema_extra=source("a paragraph; costs stay bounded"),
    )
    sampling: Sampling = Field(Sampling.model_construct(), description="How every arm answers.")
    repeats: int = Field(
        1,
        ge=1,
        le=20,
        description="Answers per row, averaged before they are compared.",
        json_schema_extra=source("at temperature 0 more say little"),
    )
    suites: tuple[Suite, ...] = Field((), max_length=32, description="Further rows, reported apart.")
    segments: tuple[Text, ...] = Field(
        (), max_length=16, description="Fields of the rows' metadata to look at apart; none when empty."
    )
    max_looks: int | None = Field(
        None, ge=1, description="How often this test set may decide; unbounded, but counted, when absent."
    )


class Gate(SpecValue):
    """A condition on the comparison; exactly one of ``min``, ``min_delta`` or ``versus`` (with ``margin``)."""

    metric: Name = Field(description="Name of a metric of this spec.")
    min: float | None = Field(None, description="Least value of the tuned arm.")
    min_delta: float | None = Field(None, description="Least gain over the base arm (point estimate).")
    versus: Literal["base", "best_prompted"] | None = Field(None, description="Compare intervals with this arm.")
    margin: float | None = Field(None, ge=0, le=1, description="0.0 asks for superiority, more for not-worse-by.")
    confidence: float = Field(
        0.95,
        gt=0.5,
        lt=1,
        description="Of the interval behind versus.",
        json_schema_extra=source("the convention of the field"),
    )
