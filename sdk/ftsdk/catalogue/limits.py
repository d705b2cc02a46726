"""What providers take as training rows: how long, how many, and what they do with a row that is too long."""

from __future__ import annotations

from datetime import date
from typing import Literal

from ftsdk.catalogue.models import MODELS
from ftsdk.values import Value

OverLong = Literal["cut", "refused", "dropped", "unknown"]


class RowLimits(Value):
    """One family of models at one provider. ``models`` are beginnings of model names; None means no known limit.

    ``encoding`` is tiktoken's name where it is known; ``over_long`` what happens to a row past ``max_tokens``.
    """

    provider: str
    models: tuple[str, ...]
    encoding: Literal["o200k_base", "cl100k_base"] | None
    max_tokens: int | None
    over_long: OverLong
    min_rows: int | None
    max_rows: int | None
    max_bytes: int | None
    source: str
    as_of: date


def _openai(models: tuple[str, ...], max_tokens: int, encoding: Literal["o200k_base", "cl100k_base"]) -> RowLimits:
    return RowLimits(
        provider="openai",
        models=models,
        encoding=encoding,
        max_tokens=max_tokens,
        over_long="cut",
        min_rows=10,
        max_rows=None,
        max_bytes=512 << 20,
        source="OpenAI's fine-tuning guide and cookbook; Azure's table of training context lengths",
        as_of=date(2026, 11, 22),
    )


ROW_LIMITS: tuple[RowLimits, ...] = (
    _openai(("gpt-4.1-nano",), 32_768, "o200k_base"),
    _openai(("gpt-4.1", "gpt-4o", "o4-mini"), 65_536, "o200k_base"),
    _openai(("gpt-3.5-turbo",), 16_385, "cl100k_base"),
    RowLimits(
        provider="bedrock",
        models=("anthropic.claude-3-haiku",),
        encoding=None,
        max_tokens=32_000,
        over_long="refused",
        min_rows=32,
        max_rows=10_000,
        max_bytes=10 << 30,
        source="Amazon Bedrock user guide, quotas of model customization; the rule for long rows is from memory",
        as_of=date(2026, 11, 22),
    ),
    RowLimits(
        provider="vertex",
        models=("gemini-",),
        encoding=None,
        max_tokens=131_072,
        over_long="cut",
        min_rows=10,
        max_rows=10_000_000,
        max_bytes=1 << 30,
        source="Vertex AI, supervised tuning of Gemini; the rule for long rows is from memory",
        as_of=date(2026, 11, 22),
    ),
    *(
        RowLimits(
            provider="local",
            models=(model.name,),
            encoding=None,
            max_tokens=model.context_tokens,
            over_long="refused",
            min_rows=None,
            max_rows=None,
            max_bytes=None,
            source="the embedded engine refuses rows longer than the model's context",
            as_of=model.as_of,
        )
        for model in MODELS
    ),
)


def row_limits(model: str) -> RowLimits | None:
    """The limits of the family whose name ``model`` begins with, the longest first; None when none is known."""
    plain = model.removeprefix("ft:")
    found = [(len(start), limits) for limits in ROW_LIMITS for start in limits.models if plain.startswith(start)]
    return max(found, key=lambda pair: pair[0])[1] if found else None
