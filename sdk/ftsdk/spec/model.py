"""What a team may write in a spec: pydantic models, strict, unknown keys refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from ftsdk.values import Value

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
RelativePath = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
Auto = Literal["auto"]
# Bounds that hold for every model; those of one model are in its row of the catalogue.
Rank = Annotated[int, Field(ge=1, le=256)]
Layers = Annotated[int, Field(ge=1, le=1024)]
Epochs = Annotated[int, Field(ge=1, le=50)]
BatchSize = Annotated[int, Field(ge=1, le=1024)]
Positive = Annotated[float, Field(gt=0, le=1024)]
Rate = Annotated[float, Field(gt=0, le=1)]


class SpecValue(Value):
    """A part of a spec: strict types, because ``no`` where a boolean belongs is a mistake, not a value."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, serialize_by_alias=True)


class PromptFile(SpecValue):
    """A prompt kept in a file beside the spec."""

    file: RelativePath


class Metadata(SpecValue):
    name: Name = Field(description="Unique in the repository; runs, aliases and history hang on it.")
    labels: dict[str, str] = Field(default_factory=dict, description="Free labels, copied to the run.")


class Adapter(SpecValue):
    """LoRA (Hu et al. 2021, arXiv:2106.09685) on the attention and MLP projections of the top ``layers``."""

    type: Literal["lora"] = "lora"
    rank: Rank | Auto = Field("auto", description="Rank r of the update.")
    alpha: Positive | Auto = Field("auto", description="Scale; the update is multiplied by alpha / rank.")
    layers: Layers | Auto = Field("auto", description="How many layers, counted from the top, carry an adapter.")


class Method(SpecValue):
    """How to train; ``auto`` takes the model's row in ``ftsdk.catalogue``."""

    type: Literal["sft"] = "sft"
    adapter: Adapter = Adapter()
    epochs: Epochs | Auto = "auto"
    batch_size: BatchSize | Auto = Field("auto", description="Sequences per optimiser step.")
    learning_rate: Rate | Auto = Field("auto", description="Peak rate of Adam after warm-up.")
    seed: int = Field(42, ge=0, lt=2**32, description="Of shuffling, initialisation and the choice of examples.")


class TrainData(SpecValue):
    train: RelativePath = Field(description="Chat JSONL, relative to the spec.")
    max_rows: int | None = Field(None, ge=1, description="Train on the first so many rows only; all when absent.")


class PromptedArm(SpecValue):
    """The base model under another prompt."""

    prompted: RelativePath = Field(description="File with the prompt.")


class FewShotArm(SpecValue):
    """The base model with examples from the training rows, chosen by the method's seed."""

    few_shot: int = Field(ge=1, le=64, description="How many examples.")
    prompt: RelativePath | None = Field(None, description="Prompt file above the examples; the spec's when absent.")


ArmSpec = Literal["base", "tuned"] | PromptedArm | FewShotArm


class JsonFieldsMetric(SpecValue):
    """Share of the expected JSON object's fields that the answer has right, averaged over rows."""

    name: Name
    type: Literal["json_fields"]


class JsonSchemaMetric(SpecValue):
    """Whether the answer is JSON that satisfies a schema."""

    name: Name
    type: Literal["json_schema"]
    schema_: RelativePath = Field(alias="schema", description="JSON Schema file.")


class ExactMetric(SpecValue):
    """Whether the answer equals the expected text (after trimming outer space)."""

    name: Name
    type: Literal["exact"]


Metric = Annotated[JsonFieldsMetric | JsonSchemaMetric | ExactMetric, Field(discriminator="type")]


class Suite(SpecValue):
    """Further held-out rows that are reported apart and decide nothing."""

    name: Name
    dataset: RelativePath


class Evaluation(SpecValue):
    dataset: RelativePath = Field(description="Held-out chat JSONL; no row of it may be in the training data.")
    max_rows: int | None = Field(None, ge=1, description="Evaluate a seeded sample of so many rows; all when absent.")
    arms: tuple[ArmSpec, ...] = Field(("base", "tuned"), min_length=1, max_length=16)
    metrics: tuple[Metric, ...] = Field(min_length=1, max_length=32, description="The first is the primary one.")
    max_tokens: int = Field(256, ge=1, le=4096, description="Longest answer, in tokens.")
    suites: tuple[Suite, ...] = Field((), max_length=32)


class Gate(SpecValue):
    """A condition on the comparison; exactly one of ``min``, ``min_delta`` or ``versus`` (with ``margin``)."""

    metric: Name
    min: float | None = Field(None, description="Least value of the tuned arm.")
    min_delta: float | None = Field(None, description="Least gain over the base arm (point estimate).")
    versus: Literal["base", "best_prompted"] | None = Field(None, description="Compare intervals with this arm.")
    margin: float | None = Field(None, ge=0, le=1, description="0.0 asks for superiority, more for not-worse-by.")
    confidence: float = Field(0.95, gt=0.5, lt=1)


class Promote(SpecValue):
    alias: Name
    when: Literal["gates_pass", "manual"] = "gates_pass"


class Budget(SpecValue):
    max_usd: Decimal | None = Field(None, ge=0, strict=False)


class FineTuneBody(SpecValue):
    connection: Name = "local"
    model: str
    system_prompt: PromptFile | str | None = None
    method: Method = Method()
    dataset: TrainData
    evaluation: Evaluation | None = None
    gates: tuple[Gate, ...] = Field((), max_length=64)
    promote: Promote | None = None
    budget: Budget = Budget()


class FineTune(SpecValue):
    """``kind: FineTune``: one model to tune, prove and promote."""

    api_version: Literal["ftsdk/v1"] = Field(alias="apiVersion")
    kind: Literal["FineTune"]
    metadata: Metadata
    spec: FineTuneBody


class LocalConnection(SpecValue):
    """The embedded engine: one small model, this machine, no account."""

    type: Literal["local"]
    model_path: RelativePath | None = Field(None, description="A model file already at hand, instead of the package.")


class Store(SpecValue):
    url: str = Field("sqlite:///.ftsdk/state.db", description="SQLAlchemy URL; sqlite paths start at the project.")
    artefacts: str = Field(".ftsdk/artefacts", description="Directory, or an object-store URL.")


class ProjectBody(SpecValue):
    specs: tuple[str, ...] = Field(("specs/**/*.yaml",), max_length=32)
    connections: dict[str, LocalConnection] = Field(default_factory=lambda: {"local": LocalConnection(type="local")})
    store: Store = Store()


class Project(SpecValue):
    """``kind: Project``: ``ftsdk.yaml`` at the root, trusted from the default branch only."""

    api_version: Literal["ftsdk/v1"] = Field("ftsdk/v1", alias="apiVersion")
    kind: Literal["Project"] = "Project"
    spec: ProjectBody = ProjectBody()
