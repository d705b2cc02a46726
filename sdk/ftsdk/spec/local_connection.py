"""The connection that every project has: an engine on this machine."""

from typing import Literal

from pydantic import Field

from ftsdk.spec.fields import RelativePath, SpecValue, source


class LocalConnection(SpecValue):
    """This machine: the embedded engine with its one small model, or the torch trainer; no account."""

    type: Literal["local"] = Field(description="The embedded engine of this machine.")
    engine: Literal["smol", "torch"] = Field(
        "smol",
        description="NumPy, or the torch trainer for devices of this machine.",
        json_schema_extra=source("smol needs nothing but this package"),
    )
    model_path: RelativePath | None = Field(
        None,
        description="A model file already at hand, or a Hugging Face directory for torch; the package's when absent.",
    )
    processes: int = Field(
        1,
        ge=1,
        le=64,
        description="Processes that share a training, one a device (torch).",
        json_schema_extra=source("one is right for the CPU"),
    )
