"""Fine-tuning, declared, planned, proved and promoted: the public names, loaded when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ftsdk import (
        catalogue,
        data,
        errors,
        evals,
        logs,
        plan,
        providers,
        registry,
        report,
        runs,
        spec,
        stats,
        testing,
    )
    from ftsdk.advise.advisor import advise
    from ftsdk.advise.draft import draft
    from ftsdk.advise.extract.reading import facts_in_text
    from ftsdk.advise.facts import Facts
    from ftsdk.advise.files import measured
    from ftsdk.advise.interview import next_questions
    from ftsdk.advise.options import OPTIONS
    from ftsdk.advise.questions import QUESTIONS, Question, answered
    from ftsdk.advise.record import DecisionRecord, decision_yaml, read_decision, recheck, record_of, with_outcome
    from ftsdk.advise.value import Advice
    from ftsdk.errors import FtsdkError
    from ftsdk.evals.recorded import compare
    from ftsdk.evals.value import Comparison
    from ftsdk.plan.value import Plan
    from ftsdk.providers.inference import Answer, InferenceClient, Params
    from ftsdk.registry import Resolved
    from ftsdk.resolving import resolve
    from ftsdk.runs.approvals import Approval
    from ftsdk.runs.budgets import Budget
    from ftsdk.runs.run import Run
    from ftsdk.runs.value import Event
    from ftsdk.workspace import Workspace, complete, open

__version__ = "0.1.0"

# Where each public name lives. Importing `ftsdk` loads none of them, so that `ft --help` stays instant.
_HOMES: dict[str, str] = {
    "Advice": "ftsdk.advise.value",
    "Answer": "ftsdk.providers.inference",
    "Approval": "ftsdk.runs.approvals",
    "Budget": "ftsdk.runs.budgets",
    "Comparison": "ftsdk.evals.value",
    "DecisionRecord": "ftsdk.advise.record",
    "Event": "ftsdk.runs.value",
    "Facts": "ftsdk.advise.facts",
    "FtsdkError": "ftsdk.errors",
    "InferenceClient": "ftsdk.providers.inference",
    "OPTIONS": "ftsdk.advise.options",
    "Params": "ftsdk.providers.inference",
    "Plan": "ftsdk.plan.value",
    "QUESTIONS": "ftsdk.advise.questions",
    "Question": "ftsdk.advise.questions",
    "Resolved": "ftsdk.registry",
    "Run": "ftsdk.runs.run",
    "Workspace": "ftsdk.workspace",
    "answered": "ftsdk.advise.questions",
    "compare": "ftsdk.evals",
    "complete": "ftsdk.workspace",
    "decision_yaml": "ftsdk.advise.record",
    "draft": "ftsdk.advise.draft",
    "facts_in_text": "ftsdk.advise.extract.reading",
    "measured": "ftsdk.advise.files",
    "next_questions": "ftsdk.advise.interview",
    "open": "ftsdk.workspace",
    "read_decision": "ftsdk.advise.record",
    "recheck": "ftsdk.advise.record",
    "record_of": "ftsdk.advise.record",
    "resolve": "ftsdk.resolving",
    "with_outcome": "ftsdk.advise.record",
}

_ROOMS = frozenset(
    {
        "advise", "catalogue", "data", "errors", "evals", "logs", "plan", "providers", "registry", "report", "runs",
        "spec", "stats", "testing",
    }
)  # fmt: skip

__all__ = [
    "OPTIONS",
    "QUESTIONS",
    "Advice",
    "Answer",
    "Approval",
    "Budget",
    "Comparison",
    "DecisionRecord",
    "Event",
    "Facts",
    "FtsdkError",
    "InferenceClient",
    "Params",
    "Plan",
    "Question",
    "Resolved",
    "Run",
    "Workspace",
    "__version__",
    "advise",
    "answered",
    "catalogue",
    "compare",
    "complete",
    "data",
    "decision_yaml",
    "draft",
    "errors",
    "evals",
    "facts_in_text",
    "logs",
    "measured",
    "next_questions",
    "open",
    "plan",
    "providers",
    "read_decision",
    "recheck",
    "record_of",
    "registry",
    "report",
    "resolve",
    "runs",
    "spec",
    "stats",
    "testing",
    "with_outcome",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"ftsdk.{name}")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'ftsdk' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
