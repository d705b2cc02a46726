"""What a spec says of its training rows: the files, how they are divided, and what is looked for in them."""

from typing import Literal

from pydantic import Field

from ftsdk.spec.fields import DataPath, Sha256, Share, SpecValue, Text, source

Check = Literal["off", "warn", "block"]
TEST_SPLIT, VALIDATION_SPLIT = "splits.test", "splits.validation"


class Checks(SpecValue):
    """What is looked for in the rows, and whether a finding warns or stops."""

    max_tokens_per_example: int | None = Field(
        None, ge=1, description="Longest row; the model's own limit when absent."
    )
    truncation: Check = Field(
        "block",
        description="Rows whose answer the provider would cut.",
        json_schema_extra=source("a cut answer teaches to stop early"),
    )
    duplicates: Check = Field(
        "warn", description="Equal rows.", json_schema_extra=source("they weigh more; sometimes that is meant")
    )
    near_duplicates: Check = Field(
        "warn",
        description="Rows that are nearly equal.",
        json_schema_extra=source("they weigh more; sometimes that is meant"),
    )
    conflicts: Check = Field(
        "warn",
        description="Different answers to one prompt.",
        json_schema_extra=source("they bound the quality; sometimes both are right"),
    )
    pii: Check = Field(
        "warn", description="Personal data.", json_schema_extra=source("teams that may not train on it say block")
    )
    secrets: Check = Field(
        "block", description="Keys and tokens.", json_schema_extra=source("a trained secret cannot be taken back")
    )
    control_tokens: Check = Field(
        "block",
        description="Text such as <|im_start|>.",
        json_schema_extra=source("providers refuse the file after the upload"),
    )
    outliers: Check = Field(
        "warn", description="Rows of unusual length.", json_schema_extra=source("often a broken import")
    )
    eval_leakage: Check = Field(
        "block",
        description="Training rows that are also tested.",
        json_schema_extra=source("the comparison would mean nothing"),
    )


class Splits(SpecValue):
    """How the training file is divided, by the method's seed; near-duplicates never straddle."""

    validation: Share | None = Field(None, description="Share that is held out for validation; none when absent.")
    test: Share | None = Field(None, description="Share that is held out for the evaluation; none when absent.")
    group_by: tuple[Text, ...] = Field(
        (), max_length=8, description="Metadata fields whose rows stay together; none when empty."
    )
    stratify_by: Text | None = Field(None, description="Metadata field whose shares stay equal; none when absent.")
    time_by: Text | None = Field(
        None, description="Metadata field with a time: the newest rows are held out; none when absent."
    )


class TrainData(SpecValue):
    """Rows to learn from."""

    train: DataPath = Field(description="Chat JSONL, relative to the spec; or an s3://, gs:// or az:// address.")
    sha256: Sha256 | None = Field(None, description="Of the training file; an address needs one.")
    max_rows: int | None = Field(None, ge=1, description="Train on the first so many rows only; all when absent.")
    validation: DataPath | None = Field(
        None, description="Rows that are scored while training and never learnt from; none when absent."
    )
    validation_sha256: Sha256 | None = Field(None, description="Of the validation file; an address needs one.")
    format: Literal["auto", "chat", "preference", "graded"] = Field(
        "auto",
        description="Shape of the rows.",
        json_schema_extra=source("chat for sft, preference for dpo, graded for rft"),
    )
    checks: Checks = Field(Checks.model_construct(), description="What is looked for in the rows.")
    splits: Splits | None = Field(None, description="How one file is divided; not at all when absent.")
