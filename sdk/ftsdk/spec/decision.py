"""``kind: Decision``: the envelope of a committed decision."""

from typing import Any, Literal

from pydantic import Field

from ftsdk.spec.fields import Name, SpecValue


class DecisionMetadata(SpecValue):
    """What the decision is called."""

    name: Name = Field(description="Unique in the repository.")
    labels: dict[str, str] = Field(default_factory=dict, max_length=64, description="Free labels.")


class Decision(SpecValue):
    """``kind: Decision``: facts and the advice they led to, kept; an envelope whose body the advisor types."""

    api_version: Literal["ftsdk/v1"] = Field(alias="apiVersion", description="Version of this language.")
    kind: Literal["Decision"] = Field(description="What the document is.")
    metadata: DecisionMetadata = Field(description="Name and labels.")
    spec: dict[str, Any] = Field(description="Facts, advice and outcome.")
