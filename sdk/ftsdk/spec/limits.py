"""What one model, and one kind of connection, allow of a method, beyond what holds for all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ftsdk.catalogue import Bounds, EmbeddedModel, ModelRow, Takes, kind_row
from ftsdk.spec.method import Adapter, Method

# The seed also chooses examples and rows here, so it is never refused; what is unknown is told as such elsewhere.
METHODS = ("sft", "dpo", "rft")
_JUDGED = {*Method.model_fields, *(f"adapter.{name}" for name in Adapter.model_fields)} - {"type", "adapter", "seed"}


class Limit(NamedTuple):
    """One value past what is taken; ``path`` is below ``spec.method``."""

    path: tuple[str, ...]
    message: str
    help: str


def beyond_limits(method: Mapping[str, Any], row: ModelRow) -> Iterator[Limit]:
    """Every value of ``method`` (as written or dumped) that ``row`` does not take."""
    kind = method.get("type", "sft")
    if kind in METHODS and kind not in row.methods:
        yield Limit(("type",), f"{row.name} cannot be trained with {kind}", f"it takes {', '.join(row.methods)}")
    adapter = method.get("adapter")
    layers = adapter.get("layers") if isinstance(adapter, Mapping) else None
    if not isinstance(row, EmbeddedModel) or not isinstance(layers, int) or isinstance(layers, bool):
        return
    if layers > row.layers:
        message = f"adapter on {layers} layers, but {row.name} has {row.layers}"
        yield Limit(("adapter", "layers"), message, f"write at most {row.layers}, or auto")


def beyond_kind(method: Mapping[str, Any], kind: str) -> Iterator[Limit]:
    """Every value of ``method`` (as written) that connections of ``kind`` do not document."""
    row, wanted = kind_row(kind), method.get("type", "sft")
    if row is None:
        return
    if not row.methods:
        yield Limit(("type",), f"{kind} trains nothing", "use it for arms and judges; train with another connection")
        return
    takes = row.methods.get(wanted) if isinstance(wanted, str) else None
    if takes is None:
        if wanted in METHODS:
            yield Limit(("type",), f"{kind} does not train with {wanted}", f"it takes {', '.join(row.methods)}")
        return
    for path, value in _written(method):
        yield from _beyond(path, value, kind, str(wanted), takes)


def _written(method: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in method.items():
        if key == "adapter" and isinstance(value, Mapping):
            yield from ((("adapter", name), item) for name, item in value.items())
        else:
            yield (key,), value


def _beyond(path: tuple[str, ...], value: Any, kind: str, method: str, takes: Takes) -> Iterator[Limit]:
    name = ".".join(path)
    if value is None or value is False or value == "auto" or (name, value) == ("adapter.type", "lora"):
        return  # what a spec means that says nothing: `ft render` writes it out
    bounds = takes.get(name)
    if bounds is None and name in _JUDGED:
        yield Limit(path, f"{kind} takes no {name} for {method}", f"remove it; {kind} takes {', '.join(takes)}")
    elif bounds is not None and isinstance(value, (int, float)) and not _between(value, bounds):
        yield Limit(path, f"{name} is {value}, and {kind} takes {_words(bounds)}", f"write {_words(bounds)}, or auto")


def _between(value: float, bounds: Bounds) -> bool:
    return (bounds.low is None or value >= bounds.low) and (bounds.high is None or value <= bounds.high)


def _words(bounds: Bounds) -> str:
    if bounds.low is None or bounds.high is None:
        return f"at least {bounds.low:g}" if bounds.high is None else f"at most {bounds.high:g}"
    return f"{bounds.low:g} to {bounds.high:g}"
