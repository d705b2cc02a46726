"""The outside world: one module a provider, two protocols, `Provider` and `InferenceClient`."""

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
