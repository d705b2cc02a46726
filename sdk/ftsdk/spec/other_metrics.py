"""Metrics beyond exact answers and JSON: texts, numbers, labels, tools, time, money, code and judges."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ftsdk.spec.evaluation import SpecMetric
from ftsdk.spec.fields import DataPath, Name, RelativePath, Says, SpecValue, Text, source
from ftsdk.spec.later import later

if TYPE_CHECKING:
    from ftsdk.spec.openai_graders import EvaluationGrader
else:
    EvaluationGrader = later("openai_graders", "EvaluationGrader")


class TextMetric(SpecMetric):
    """Whether the answer equals the expected text once both are normalised."""

    type: Literal["text"] = Field(description="Whether the normalised answer equals the expected text.")
    ignore: tuple[Literal["case", "punctuation", "space", "accents"], ...] = Field(
        ("case", "space"),
        max_length=4,
        description="What is ignored.",
        json_schema_extra=source("what people do not see as a difference"),
    )


class ContainsMetric(SpecMetric):
    """Whether the answer contains the expected text, or the given ones."""

    type: Literal["contains"] = Field(description="Whether the answer contains a text.")
    texts: tuple[Text, ...] = Field((), max_length=64, description="Texts to look for; the expected answer when empty.")
    all: bool = Field(True, description="All of the texts, or any.", json_schema_extra=source("the stricter one"))


class RegexMetric(SpecMetric):
    """Whether a pattern is found in the answer."""

    type: Literal["regex"] = Field(description="Whether a pattern is found in the answer.")
    pattern: Annotated[str, Field(min_length=1, max_length=2000)] = Field(description="Regular expression (RE2).")


class NumberMetric(SpecMetric):
    """Whether the answer's number is near the expected one."""

    type: Literal["number"] = Field(description="Whether the answer's number is near the expected one.")
    tolerance: float = Field(0.0, ge=0, description="Greatest difference.", json_schema_extra=source("equal"))
    relative: bool = Field(
        False,
        description="Whether the difference is a share of the expected number.",
        json_schema_extra=source("absolute"),
    )


class JsonValidMetric(SpecMetric):
    """Whether the answer is JSON."""

    type: Literal["json_valid"] = Field(description="Whether the answer is JSON.")


class ToolCallMetric(SpecMetric):
    """Whether the answer calls the expected tools."""

    type: Literal["tool_call"] = Field(description="Whether the answer calls the expected tools.")
    arguments: bool = Field(
        True, description="Whether arguments must be right too.", json_schema_extra=source("the stricter one")
    )


class ChoiceMetric(SpecMetric):
    """Whether the answer is the expected label; reported with macro-F1 and a confusion matrix."""

    type: Literal["choice"] = Field(description="Whether the answer is the expected label.")
    labels: tuple[Text, ...] = Field(
        (), max_length=200, description="Labels; those of the expected answers when empty."
    )


class ChrfMetric(SpecMetric):
    """chrF (Popović 2015) against the expected text."""

    type: Literal["chrf"] = Field(description="chrF against the expected text.")


class RougeMetric(SpecMetric):
    """ROUGE (Lin 2004) against the expected text."""

    type: Literal["rouge"] = Field(description="ROUGE against the expected text.")
    variant: Literal["rouge1", "rouge2", "rougeL"] = Field(
        "rougeL", description="Which ROUGE.", json_schema_extra=source("Lin 2004: the one without a window")
    )


class LengthMetric(SpecMetric):
    """How long the answer is."""

    type: Literal["length"] = Field(description="How long the answer is.")
    unit: Literal["characters", "words", "tokens"] = Field(
        "tokens", description="What is counted.", json_schema_extra=source("what is paid for")
    )


class LatencyMetric(SpecMetric):
    """Seconds until the answer was complete."""

    type: Literal["latency"] = Field(description="Seconds until the answer was complete.")


class CostMetric(SpecMetric):
    """US dollars per 1,000 answers."""

    type: Literal["cost"] = Field(description="US dollars per 1,000 answers.")


class PythonMetric(SpecMetric):
    """A function of this machine; never run from a pull request unless policy allows it."""

    type: Literal["python"] = Field(description="A function of this machine.")
    function: Annotated[
        str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*$", max_length=200), Says("module:function")
    ] = Field(description="module:function, called with the answer and the row.")


class OpenAIGraderMetric(SpecMetric):
    """A grader in OpenAI's own shape."""

    type: Literal["openai_grader"] = Field(description="A grader in OpenAI's own shape.")
    grader: EvaluationGrader = Field(description="The definition, as OpenAI takes it.")


class Judge(SpecValue):
    """A pinned model that scores answers by a rubric."""

    connection: Name = Field(description="Connection of ftsdk.yaml that serves the judge.")
    model: Text = Field(description="Model by the connection's own name; a dated one.")
    rubric: RelativePath = Field(description="File that says what a good answer is.")


Judges = Annotated[tuple[Judge, ...], Field(min_length=1, max_length=5)]


class JudgeMetric(SpecMetric):
    """What one or several models think of the answers."""

    type: Literal["judge"] = Field(description="What one or several models think of the answers.")
    judge: Judge | Judges = Field(description="One judge, or several whose agreement is reported.")
    mode: Literal["rubric", "pairwise"] = Field(
        "rubric",
        description="A score for each answer, or the better of two in both orders.",
        json_schema_extra=source("it scores every arm alone"),
    )
    labels: DataPath | None = Field(None, description="Human labels to calibrate against; uncalibrated when absent.")


OtherMetric = Annotated[
    TextMetric
    | ContainsMetric
    | RegexMetric
    | NumberMetric
    | JsonValidMetric
    | ToolCallMetric
    | ChoiceMetric
    | ChrfMetric
    | RougeMetric
    | LengthMetric
    | LatencyMetric
    | CostMetric
    | PythonMetric
    | OpenAIGraderMetric
    | JudgeMetric,
    Field(discriminator="type"),
]
