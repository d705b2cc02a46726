"""How to train: one method with every hyperparameter that a provider takes; which takes what is in the catalogue.

``auto`` leaves a number to the model's row in ``ftsdk.catalogue``, or to the provider where the row has none.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ftsdk.spec.fields import Auto, SpecValue, Text, source
from ftsdk.spec.later import later

if TYPE_CHECKING:
    from ftsdk.spec.openai_graders import TrainingGrader
else:
    TrainingGrader = later("openai_graders", "TrainingGrader")

# Bounds that hold for every model; those of one model or provider are in the catalogue.
Rank = Annotated[int, Field(ge=1, le=256)]
Layers = Annotated[int, Field(ge=1, le=1024)]
Epochs = Annotated[int, Field(ge=1, le=50)]
BatchSize = Annotated[int, Field(ge=1, le=1024)]
Positive = Annotated[float, Field(gt=0, le=1024)]
Rate = Annotated[float, Field(gt=0, le=1)]
Ratio = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1, le=10_000)]
Tokens = Annotated[int, Field(ge=1, le=10_000_000)]

_ROW = source("the model's row in ftsdk.catalogue; where it has none, the provider's own default")
_PROVIDER = source("the provider's own default")


class Adapter(SpecValue):
    """LoRA (Hu et al. 2021, arXiv:2106.09685) on the attention and MLP projections of the top ``layers``."""

    type: Literal["lora", "none"] = Field(
        "lora",
        description="lora trains a low-rank update; none trains every weight, where the provider can.",
        json_schema_extra=source("what every hosted open model and the embedded engine train"),
    )
    rank: Rank | Auto = Field("auto", description="Rank r of the update.", json_schema_extra=_ROW)
    alpha: Positive | Auto = Field(
        "auto", description="Scale; the update is multiplied by alpha / rank.", json_schema_extra=_ROW
    )
    dropout: Ratio | Auto = Field(
        "auto", description="Share of the update's inputs dropped while training.", json_schema_extra=_PROVIDER
    )
    layers: Layers | Auto = Field(
        "auto", description="How many layers, counted from the top, carry an adapter.", json_schema_extra=_ROW
    )
    modules: Annotated[tuple[Text, ...], Field(min_length=1, max_length=32)] | Auto = Field(
        "auto", description="Projections that carry an adapter, by the model's own names.", json_schema_extra=_PROVIDER
    )


class EarlyStopping(SpecValue):
    """Stop when the validation loss no longer falls; needs validation rows."""

    patience: int = Field(
        2, ge=1, le=10, description="Looks without a gain.", json_schema_extra=source("Bedrock, Claude 3 Haiku")
    )
    threshold: float = Field(
        0.001,
        ge=0,
        le=0.1,
        description="Least fall that counts as a gain.",
        json_schema_extra=source("Bedrock, Claude 3 Haiku"),
    )


class Method(SpecValue):
    """How to train; ``auto`` takes the model's row in ``ftsdk.catalogue``."""

    type: Literal["sft", "dpo", "rft"] = Field(
        "sft",
        description="sft learns from answers, dpo from preferred and rejected answers, rft from a grader's scores.",
        json_schema_extra=source("the method that every provider has"),
    )
    adapter: Adapter = Field(Adapter.model_construct(), description="What is trained of the model.")
    epochs: Epochs | Auto = Field("auto", description="Passes over the training rows.", json_schema_extra=_ROW)
    batch_size: BatchSize | Literal["auto", "max"] = Field(
        "auto", description="Sequences per optimiser step; max where the provider has it.", json_schema_extra=_ROW
    )
    learning_rate: Rate | Auto = Field(
        "auto", description="Peak rate of the optimiser after warm-up.", json_schema_extra=_ROW
    )
    learning_rate_multiplier: Positive | Auto = Field(
        "auto", description="Factor on the provider's own rate, where it takes no rate.", json_schema_extra=_PROVIDER
    )
    scheduler: Literal["auto", "linear", "cosine", "constant"] = Field(
        "auto", description="How the rate falls after warm-up.", json_schema_extra=_PROVIDER
    )
    min_lr_ratio: Ratio | Auto = Field(
        "auto", description="Where the rate ends, as a share of its peak.", json_schema_extra=_PROVIDER
    )
    warmup_ratio: Ratio | Auto = Field(
        "auto", description="Share of the steps that warm up.", json_schema_extra=_PROVIDER
    )
    weight_decay: Ratio | Auto = Field("auto", description="Decay of the weights.", json_schema_extra=_PROVIDER)
    max_grad_norm: Positive | Auto = Field(
        "auto", description="Norm to which gradients are clipped.", json_schema_extra=_PROVIDER
    )
    gradient_accumulation_steps: Count | Auto = Field(
        "auto", description="Batches that are added up for one optimiser step.", json_schema_extra=_PROVIDER
    )
    max_sequence_tokens: Tokens | Auto = Field(
        "auto", description="Longest training row, in tokens.", json_schema_extra=_PROVIDER
    )
    packing: bool | Auto = Field(
        "auto", description="Whether short rows share a sequence.", json_schema_extra=_PROVIDER
    )
    train_on_inputs: bool | Auto = Field(
        "auto", description="Whether the loss also counts prompts (sft).", json_schema_extra=_PROVIDER
    )
    precision: Literal["auto", "bf16", "fp16", "fp32"] = Field(
        "auto",
        description="Number format of the torch trainer.",
        json_schema_extra=source("bf16 where the device has it"),
    )
    gradient_checkpointing: bool | Auto = Field(
        "auto", description="Less memory for more time (torch trainer).", json_schema_extra=_PROVIDER
    )
    checkpoints: Count | Auto = Field("auto", description="How many checkpoints are kept.", json_schema_extra=_PROVIDER)
    evaluations: Count | Auto = Field(
        "auto", description="How often the validation rows are looked at.", json_schema_extra=_PROVIDER
    )
    early_stopping: EarlyStopping | None = Field(None, description="Never stops early when absent.")
    seed: int = Field(
        42,
        ge=0,
        lt=2**32,
        description="Of shuffling, initialisation and the choice of examples.",
        json_schema_extra=source("any number does; a fixed one makes two runs comparable"),
    )
    beta: Annotated[float, Field(gt=0, le=2)] | Auto = Field(
        "auto", description="How closely dpo stays with the model that it starts from.", json_schema_extra=_PROVIDER
    )
    rpo_alpha: Positive | None = Field(None, description="Weight of the likelihood term in dpo; none when absent.")
    simpo_gamma: Positive | None = Field(None, description="Margin of the SimPO loss in dpo; plain dpo when absent.")
    length_normalized: bool = Field(
        False,
        description="Whether dpo divides log-ratios by the answer's length.",
        json_schema_extra=source("Together"),
    )
    grader: TrainingGrader | None = Field(None, description="What scores the answers of rft; rft needs one.")
    reasoning_effort: Literal["auto", "low", "medium", "high"] = Field(
        "auto", description="How long the model thinks while it is trained (rft).", json_schema_extra=_PROVIDER
    )
    compute_multiplier: Annotated[float, Field(ge=1e-5, le=10)] | Auto = Field(
        "auto", description="Factor on the answers explored (rft).", json_schema_extra=_PROVIDER
    )
    eval_interval: Count | Auto = Field(
        "auto", description="Steps between two looks at the validation rows (rft).", json_schema_extra=_PROVIDER
    )
    eval_samples: Count | Auto = Field(
        "auto", description="Answers per validation row at each look (rft).", json_schema_extra=_PROVIDER
    )
    samples_per_prompt: Annotated[int, Field(ge=2, le=16)] | Auto = Field(
        "auto", description="Answers per prompt and step (rft).", json_schema_extra=_PROVIDER
    )
    max_prompt_tokens: Tokens | Auto = Field(
        "auto", description="Longest prompt, in tokens (rft).", json_schema_extra=_PROVIDER
    )
    max_answer_tokens: Tokens | Auto = Field(
        "auto", description="Longest answer while training, in tokens (rft).", json_schema_extra=_PROVIDER
    )
