"""The connection that every project has: the embedded engine of this machine."""

from typing import Literal

from pydantic import Field

from ftsdk.spec.fields import RelativePath, SpecValue, source


class LocalConnection(SpecValue):
    """The embedded engine: one small model, this machine, no account."""

    type: Literal["local"] = Field(description="The embedded engine of this machine.")
    engine: Literal["smol", "torch"] = Field(
        "smol",
        description="NumPy, or the torch trainer for any model directory or hub id.",
        json_schema_extra=source("smol needs nothing but this package"),
    )
    model_path: RelativePath | None = Field(
        None, description="A model file already at hand; the package's when absent."
    )
