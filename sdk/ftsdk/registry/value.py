"""What an alias stands for: everything an application needs to call the model as it was proved."""

from __future__ import annotations

from typing import Literal

from ftsdk.providers.inference import Params
from ftsdk.values import Value


class Resolved(Value):
    """A model with the exact system prompt and parameters it was proved with; ``version`` counts promotions."""

    format_version: Literal["1"] = "1"
    alias: str
    version: int
    connection: str
    model: str
    base_model: str
    system_prompt: str | None
    params: Params
    run: str
    comparison: str
    headline: str
    promoted_at: str
