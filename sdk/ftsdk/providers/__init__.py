"""The outside world: one module a provider, two protocols, `Provider` and `InferenceClient`; loaded when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ftsdk.providers.base import (
        Capabilities,
        Estimator,
        Failure,
        FileRef,
        JobResult,
        JobState,
        Order,
        Poll,
        Progress,
        Provider,
        Resumable,
        TokenCounter,
    )
    from ftsdk.providers.inference import Answer, InferenceClient, Params, Usage

_INFERENCE = frozenset({"Answer", "InferenceClient", "Params", "Usage"})

__all__ = [
    "Answer",
    "Capabilities",
    "Estimator",
    "Failure",
    "FileRef",
    "InferenceClient",
    "JobResult",
    "JobState",
    "Order",
    "Params",
    "Poll",
    "Progress",
    "Provider",
    "Resumable",
    "TokenCounter",
    "Usage",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{'inference' if name in _INFERENCE else 'base'}"), name)
