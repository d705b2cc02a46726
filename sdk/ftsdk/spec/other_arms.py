"""Arms that few specs have: other models, other states of this one, documents, answers that one already has."""

from typing import Annotated, Literal

from pydantic import Field

from ftsdk.spec.evaluation import ArmOptions
from ftsdk.spec.fields import Address, Name, RelativePath, SpecValue, Text


class BaseArm(SpecValue):
    """The base model, with options; ``base`` alone is the short form."""

    base: ArmOptions = Field(description="Options of the base arm.")


class TunedArm(SpecValue):
    """The tuned model, with options; ``tuned`` alone is the short form."""

    tuned: ArmOptions = Field(description="Options of the tuned arm.")


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


OtherArm = BaseArm | TunedArm | CheckpointArm | AliasArm | ModelArm | RetrievalArm | RecordedArm
