"""What is compared and how it is scored: arms, metrics, judges and the gates on their outcome."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ftsdk.spec.fields import Address, DataPath, Name, RelativePath, Says, Sha256, SpecValue, Text, source
from ftsdk.spec.openai_graders import EvaluationGrader

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


class BaseArm(SpecValue):
    """The base model, with options; ``base`` alone is the short form."""

    base: ArmOptions = Field(description="Options of the base arm.")


class TunedArm(SpecValue):
    """The tuned model, with options; ``tuned`` alone is the short form."""

    tuned: ArmOptions = Field(description="Options of the tuned arm.")


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


class CheckpointArm(ArmOptions):
    """The tuned model as it was before its last step."""

    checkpoint: Annotated[int, Field(ge=1)] | Literal["best"] = Field(
        description="Step of the checkpoint, or the best one."
    )


class AliasArm(ArmOptions):
    """What an alias stands for today, under the prompt that it was proved with."""

    alias: Annotated[str, Field(min_length=1, max_length=127)] = Field(description="production, or tickets@production.")


class ModelArm(ArmOptions):
    """Any model of any connection."""

    model: Text = Field(description="Model by the connection's own name.")
    connection: Name | None = Field(None, description="Connection of ftsdk.yaml; the spec's when absent.")
    prompt: RelativePath | None = Field(None, description="Prompt file; the spec's when absent.")


class RetrievalSource(SpecValue):
    """Who answers a row's question with documents: a command of this machine or a URL."""

    command: tuple[Text, ...] | None = Field(
        None, min_length=1, max_length=32, description="Program and arguments; the question comes on its input."
    )
    url: Address | None = Field(None, description="Address that is posted the question as JSON.")


class RetrievalArm(ArmOptions):
    """The base model with documents that a command or URL of the team finds."""

    retrieval: RetrievalSource = Field(description="Exactly one of command and url.")
    prompt: RelativePath | None = Field(None, description="Prompt file above the documents; the spec's when absent.")


class RecordedArm(SpecValue):
    """Answers that one already has, by row id."""

    recorded: RelativePath = Field(description="JSONL, CSV or promptfoo's JSON output.")


ArmSpec = (
    Literal["base", "tuned"]
    | PromptedArm
    | FewShotArm
    | BaseArm
    | TunedArm
    | CheckpointArm
    | AliasArm
    | ModelArm
    | RetrievalArm
    | RecordedArm
)


class SpecMetric(SpecValue):
    """One score per answer."""

    name: Name = Field(description="What gates and reports call it.")


class ExactMetric(SpecMetric):
    """Whether the answer equals the expected text (after trimming outer space)."""

    type: Literal["exact"] = Field(description="Whether the answer equals the expected text.")


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


class JsonSchemaMetric(SpecMetric):
    """Whether the answer is JSON that satisfies a schema."""

    type: Literal["json_schema"] = Field(description="Whether the answer is JSON that satisfies a schema.")
    schema_: RelativePath = Field(alias="schema", description="JSON Schema file.")


class JsonFieldsMetric(SpecMetric):
    """Share of the expected JSON object's fields that the answer has right, averaged over rows."""

    type: Literal["json_fields"] = Field(description="Share of the expected object's fields that are right.")


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
        str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", max_length=200), Says("module:function")
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


Metric = Annotated[
    ExactMetric
    | TextMetric
    | ContainsMetric
    | RegexMetric
    | NumberMetric
    | JsonValidMetric
    | JsonSchemaMetric
    | JsonFieldsMetric
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
    sampling: Sampling = Field(Sampling(), description="How every arm answers.")
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
