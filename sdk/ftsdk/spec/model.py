"""What a team may write: the three kinds of documents, strict, unknown keys refused. Their parts are in modules beside.

A field that nothing reads yet is listed in `ftsdk.spec.unread`; using it gives a warning.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints

from ftsdk.spec.evaluation import (
    ArmSpec,
    Evaluation,
    ExactMetric,
    FewShotArm,
    Gate,
    JsonFieldsMetric,
    JsonSchemaMetric,
    Metric,
    PromptedArm,
    Suite,
)
from ftsdk.spec.fields import (
    Channel,
    Duration,
    Name,
    RelativePath,
    Says,
    SpecValue,
    Text,
    Usd,
    source,
)
from ftsdk.spec.later import later
from ftsdk.spec.local_connection import LocalConnection
from ftsdk.spec.method import Adapter, Method
from ftsdk.spec.policy import Ceiling, Policy
from ftsdk.spec.training_data import TrainData

if TYPE_CHECKING:
    from ftsdk.spec.connections import HostedConnection
    from ftsdk.spec.people import Approvals, Group, Oidc, Person, Team
    from ftsdk.spec.prices import PriceRule
else:
    HostedConnection = later("connections", "HostedConnection")
    Approvals = later("people", "Approvals")
    Group = later("people", "Group")
    Oidc = later("people", "Oidc")
    Person = later("people", "Person")
    PriceRule = later("prices", "PriceRule")
    Team = later("people", "Team")

Connection = Annotated[LocalConnection | HostedConnection, Field(union_mode="left_to_right")]


class PromptFile(SpecValue):
    """A prompt kept in a file beside the spec."""

    file: RelativePath = Field(description="File with the prompt.")


class Metadata(SpecValue):
    """What the spec is called and who answers for it."""

    name: Name = Field(description="Unique in the repository; runs, aliases and history hang on it.")
    team: Name | None = Field(None, description="Team of ftsdk.yaml; the one whose paths match when absent.")
    previous_names: tuple[Name, ...] = Field(
        (), max_length=32, description="Earlier names; history and aliases follow."
    )
    labels: dict[str, str] = Field(default_factory=dict, max_length=64, description="Free labels, copied to the run.")


class Budget(SpecValue):
    """What one run may cost."""

    max_usd: Usd | None = Field(None, description="Ceiling; the project's when absent.")
    on_estimate_above: Literal["refuse", "require_approval"] = Field(
        "refuse",
        description="What happens when the estimate is higher.",
        json_schema_extra=source("a ceiling is a ceiling"),
    )


class Promote(SpecValue):
    """Which alias moves, and when."""

    alias: Name = Field(description="Applications call NAME@ALIAS.")
    when: Literal["gates_pass", "manual"] = Field(
        "gates_pass",
        description="By itself once every gate passes, or by hand.",
        json_schema_extra=source("gates fail closed"),
    )
    approvals: Approvals | None = Field(None, description="Who must agree first; the policy's rule when absent.")


class Notify(SpecValue):
    """Who is told."""

    slack: Channel | None = Field(None, description="Channel of the run's card; nobody is told when absent.")


class DeleteAfter(SpecValue):
    """Uploaded files go after some time."""

    delete_after: Duration = Field(description="For example 30d.")


class Lifecycle(SpecValue):
    """What stays at the provider."""

    protect: bool = Field(
        False,
        description="Whether a plan may never delete the model.",
        json_schema_extra=source("deleting is never done unless on_remove says so"),
    )
    on_remove: Literal["retain", "delete_model"] = Field(
        "retain",
        description="What happens to the model when the spec goes.",
        json_schema_extra=source("nothing is lost by a merge"),
    )
    remote_files: Literal["delete_after_success", "retain"] | DeleteAfter = Field(
        "delete_after_success",
        description="What happens to uploaded rows.",
        json_schema_extra=source("customers' rows do not linger"),
    )


class Deployment(SpecValue):
    """Where a tuned model needs a paid place to serve from: how long and for how much."""

    ttl: Duration = Field(
        "4h", description="Taken down after so long.", json_schema_extra=source("an evaluation fits in")
    )
    max_usd: Usd | None = Field(None, description="Taken down at this cost; only the run's ceiling when absent.")


class FineTuneBody(SpecValue):
    """One model to tune, prove and promote."""

    connection: Name = Field(
        "local",
        description="Connection of ftsdk.yaml.",
        json_schema_extra=source("the embedded engine needs no account"),
    )
    model: Text = Field(description="Model to tune, by a dated name where there is one; ft models lists them.")
    continue_from: (
        Annotated[
            str,
            StringConstraints(pattern=r"^(alias|run|model):\S+$", max_length=200),
            Says("alias:NAME, run:ID or model:ID"),
        ]
        | None
    ) = Field(None, description="alias:NAME, run:ID or model:ID to train further; the base model when absent.")
    system_prompt: PromptFile | str | None = Field(
        None, description="Text or file; part of what is proved. None when absent."
    )
    method: Method = Field(Method.model_construct(), description="How to train.")
    dataset: TrainData = Field(description="Rows to learn from.")
    evaluation: Evaluation | None = Field(None, description="What is compared; nothing when absent.")
    gates: tuple[Gate, ...] = Field((), max_length=64, description="Conditions on the comparison; all must pass.")
    promote: Promote | None = Field(None, description="Which alias moves; none when absent.")
    budget: Budget = Field(Budget.model_construct(), description="What one run may cost.")
    deployment: Deployment | None = Field(None, description="Leash of a paid deployment; none is made when absent.")
    notify: Notify | None = Field(None, description="Who is told; nobody when absent.")
    timeout: Duration = Field(
        "24h", description="Longest a run may take.", json_schema_extra=source("hosted jobs end within hours")
    )
    lifecycle: Lifecycle = Field(Lifecycle.model_construct(), description="What stays at the provider.")


class FineTune(SpecValue):
    """``kind: FineTune``: one model to tune, prove and promote."""

    api_version: Literal["ftsdk/v1"] = Field(alias="apiVersion", description="Version of this language.")
    kind: Literal["FineTune"] = Field(description="What the document is.")
    metadata: Metadata = Field(description="Name, team and labels.")
    spec: FineTuneBody = Field(description="What to do.")


class Store(SpecValue):
    """Where runs and their files are kept."""

    url: str = Field(
        "sqlite:///.ftsdk/state.db",
        description="SQLAlchemy URL; sqlite paths start at the project.",
        json_schema_extra=source("one machine needs no server"),
    )
    artefacts: str = Field(
        ".ftsdk/artefacts",
        description="Directory, or an object-store URL.",
        json_schema_extra=source("beside the store"),
    )


class Defaults(SpecValue):
    """Values under the specs of some paths: maps merge, lists and scalars replace."""

    match: Text = Field(description="Pattern of spec files from the root, for example specs/**.")
    spec: dict[str, Any] = Field(description="Part of a spec; what the spec itself says wins.")


class Challenge(SpecValue):
    """How often an alias is challenged by untrained models."""

    every: Duration = Field(
        "30d", description="Time between two challenges.", json_schema_extra=source("models appear monthly")
    )
    max_usd: Usd = Field(description="Ceiling of one challenge.")
    models: tuple[Annotated[str, StringConstraints(pattern=r"^[^:]+:.+$", max_length=256)], ...] = Field(
        (),
        max_length=16,
        description="Challengers, CONNECTION:ID; the alias's own model arms when empty.",
    )


def _embedded() -> dict[Name, Connection]:
    return {"local": LocalConnection.model_construct(type="local")}


class ProjectBody(SpecValue):
    """Where specs are, which accounts they may use, who decides, and where state is kept."""

    specs: tuple[str, ...] = Field(
        ("specs/**/*.yaml",),
        max_length=32,
        description="Patterns of spec files.",
        json_schema_extra=source("the layout of every example"),
    )
    defaults: tuple[Defaults, ...] = Field(
        (), max_length=64, description="Values under the specs, by path; later ones win."
    )
    connections: dict[Name, Connection] = Field(
        default_factory=_embedded,
        max_length=64,
        description="Accounts by name; the embedded engine when absent.",
    )
    people: dict[Name, Person] = Field(
        default_factory=dict, max_length=1000, description="Who is who; nobody may approve when empty."
    )
    oidc: Oidc | None = Field(None, description="Whose tokens prove who sits at a terminal; nobody's when absent.")
    groups: dict[Name, Group] = Field(default_factory=dict, max_length=100, description="Groups of people.")
    teams: dict[Name, Team] = Field(default_factory=dict, max_length=200, description="Teams and their specs.")
    budget: Ceiling = Field(Ceiling.model_construct(), description="What all teams together may spend.")
    policy: Policy = Field(Policy.model_construct(), description="Rules that plans must keep.")
    prices: tuple[PriceRule, ...] = Field(
        (), max_length=200, description="Your own prices, the first that fits wins; the dated table's when empty."
    )
    store: Store = Field(Store.model_construct(), description="Where state is kept.")
    applier: Literal["bot", "action", "manual"] = Field(
        "manual", description="Who alone applies merged specs.", json_schema_extra=source("nothing is spent by itself")
    )
    challenge: Challenge | None = Field(None, description="Regular challenges of aliases; none when absent.")


class ProjectMetadata(SpecValue):
    """What the project is called."""

    name: Name = Field(description="Part of every job's key: clones of one project share jobs, other projects do not.")


class Project(SpecValue):
    """``kind: Project``: ``ftsdk.yaml`` at the root, trusted from the default branch only."""

    api_version: Literal["ftsdk/v1"] = Field(
        "ftsdk/v1",
        alias="apiVersion",
        description="Version of this language.",
        json_schema_extra=source("the only one"),
    )
    kind: Literal["Project"] = Field(
        "Project", description="What the document is.", json_schema_extra=source("the only one of this name")
    )
    metadata: ProjectMetadata | None = Field(
        None, description="The project's name; projects without one share their jobs in an account."
    )
    spec: ProjectBody = Field(ProjectBody.model_construct(), description="The project.")

    @property
    def name(self) -> str:
        """The project's name; empty when it has none."""
        return self.metadata.name if self.metadata else ""


__all__ = [
    "Adapter", "ArmSpec", "Budget", "Connection", "Evaluation", "ExactMetric", "FewShotArm",
    "FineTune", "FineTuneBody", "Gate", "JsonFieldsMetric", "JsonSchemaMetric", "LocalConnection", "Metadata",
    "Method", "Metric", "Name", "Policy", "Project", "ProjectBody", "PromptFile", "PromptedArm", "RelativePath",
    "SpecValue", "Store", "Suite", "TrainData",
]  # fmt: skip
