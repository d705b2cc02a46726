"""What one model allows of a method, beyond what holds for all models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ftsdk.catalogue import ModelRow


class Limit(NamedTuple):
    """One value past what the model takes; ``path`` is below ``spec.method``."""

    path: tuple[str, ...]
    message: str
    help: str


def beyond_limits(method: Mapping[str, Any], row: ModelRow) -> Iterator[Limit]:
    """Every value of ``method`` (as written or dumped) that ``row`` does not take."""
    kind = method.get("type", "sft")
    if isinstance(kind, str) and kind not in row.methods:
        yield Limit(("type",), f"{row.name} cannot be trained with {kind[:40]}", f"it takes {', '.join(row.methods)}")
    adapter = method.get("adapter")
    layers = adapter.get("layers") if isinstance(adapter, Mapping) else None
    if isinstance(layers, int) and not isinstance(layers, bool) and layers > row.layers:
        message = f"adapter on {layers} layers, but {row.name} has {row.layers}"
        yield Limit(("adapter", "layers"), message, f"write at most {row.layers}, or auto")
