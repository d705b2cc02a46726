"""Grader definitions in OpenAI's own shape, accepted as they are: for training by rft, and as a metric."""

from typing import Annotated, Any, Literal

from pydantic import Field

from ftsdk.spec.fields import SpecValue, Text

Template = Annotated[str, Field(min_length=1, max_length=20_000)]
_NAME = "What the grader is called in the provider's events."
_TEMPLATE = "Text with references such as {{ sample.output_text }}; write it in quotes."


class StringCheckGrader(SpecValue):
    """Compares two texts."""

    type: Literal["string_check"] = Field(description="Compares two texts.")
    name: Text = Field(description=_NAME)
    input: Template = Field(description=_TEMPLATE)
    reference: Template = Field(description=_TEMPLATE)
    operation: Literal["eq", "ne", "like", "ilike"] = Field(
        description="Equal, not equal, contains, contains any case."
    )


class TextSimilarityGrader(SpecValue):
    """Scores how alike two texts are."""

    type: Literal["text_similarity"] = Field(description="Scores how alike two texts are.")
    name: Text = Field(description=_NAME)
    input: Template = Field(description=_TEMPLATE)
    reference: Template = Field(description=_TEMPLATE)
    evaluation_metric: Literal[
        "cosine", "fuzzy_match", "bleu", "gleu", "meteor", "rouge_1", "rouge_2", "rouge_3", "rouge_4", "rouge_5",
        "rouge_l",
    ] = Field(description="How alike is measured.")  # fmt: skip


class PythonGrader(SpecValue):
    """Code that the provider runs; nothing here runs it."""

    type: Literal["python"] = Field(description="Code that the provider runs.")
    name: Text = Field(description=_NAME)
    source: Annotated[str, Field(min_length=1, max_length=262_144)] = Field(
        description="The code, with grade(sample, item)."
    )
    image_tag: Text | None = Field(None, description="Image that the code runs in; the provider's when absent.")


class GraderMessage(SpecValue):
    """One message of a model grader's prompt."""

    role: Literal["system", "developer", "user", "assistant"] = Field(description="Who speaks.")
    content: Template = Field(description=_TEMPLATE)
    type: Literal["message"] | None = Field(None, description="OpenAI writes it; it says nothing more.")


class ScoreModelGrader(SpecValue):
    """A model that gives a number."""

    type: Literal["score_model"] = Field(description="A model that gives a number.")
    name: Text = Field(description=_NAME)
    model: Text = Field(description="Model that grades.")
    input: tuple[GraderMessage, ...] = Field(min_length=1, max_length=64, description="What the model is asked.")
    range: tuple[float, float] | None = Field(None, description="Least and greatest score; 0 to 1 when absent.")
    sampling_params: dict[str, Any] | None = Field(None, description="The provider's sampling settings.")


class LabelModelGrader(SpecValue):
    """A model that chooses a label; a metric only, because OpenAI takes none for training."""

    type: Literal["label_model"] = Field(description="A model that chooses a label.")
    name: Text = Field(description=_NAME)
    model: Text = Field(description="Model that grades.")
    input: tuple[GraderMessage, ...] = Field(min_length=1, max_length=64, description="What the model is asked.")
    labels: tuple[Text, ...] = Field(min_length=1, max_length=100, description="Labels to choose from.")
    passing_labels: tuple[Text, ...] = Field(min_length=1, max_length=100, description="Labels that pass.")


class LambdaGrader(SpecValue):
    """A function on AWS Lambda, as Bedrock takes it."""

    type: Literal["lambda"] = Field(description="A function on AWS Lambda.")
    arn: Text = Field(description="ARN of the function.")


SingleGrader = Annotated[
    StringCheckGrader | TextSimilarityGrader | PythonGrader | ScoreModelGrader, Field(discriminator="type")
]


class MultiGrader(SpecValue):
    """Several graders and a formula over their scores."""

    type: Literal["multi"] = Field(description="Several graders and a formula over their scores.")
    name: Text = Field(description=_NAME)
    graders: dict[str, SingleGrader] = Field(
        min_length=1, max_length=32, description="Graders by the name in the formula."
    )
    calculate_output: Template = Field(description="The formula, for example 0.5 * exact + 0.5 * style.")


TrainingGrader = Annotated[
    StringCheckGrader | TextSimilarityGrader | PythonGrader | ScoreModelGrader | MultiGrader | LambdaGrader,
    Field(discriminator="type"),
]
EvaluationGrader = Annotated[
    StringCheckGrader | TextSimilarityGrader | PythonGrader | ScoreModelGrader | MultiGrader | LabelModelGrader,
    Field(discriminator="type"),
]
