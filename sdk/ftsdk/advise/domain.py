"""What each fact can be, in the order from less to more, and the words people use for it."""

from __future__ import annotations

from typing import Any, get_args

from ftsdk.advise.facts import Facts, Failure, Tried

FAILURES: tuple[str, ...] = get_args(Failure)

NUMBERS: frozenset[str] = frozenset(
    {
        "n_examples",
        "calls_per_month",
        "prompt_tokens",
        "static_tokens",
        "output_tokens",
        "corpus_tokens",
        "base_score",
    }
)
TEXTS: frozenset[str] = frozenset({"current_model", "era", "n_examples_note", "corpus_note"})


def _values(annotation: Any) -> tuple[str, ...]:
    return tuple(value for value in get_args(annotation) if value != "unknown")


# Field -> its known values; ``tried.rag`` and so on stand beside the others.
CHOICES: dict[str, tuple[str, ...]] = {
    name: _values(field.annotation)
    for name, field in Facts.model_fields.items()
    if name not in NUMBERS | TEXTS | {"failure", "tried", "cost", "origins"}
} | {f"tried.{name}": _values(field.annotation) for name, field in Tried.model_fields.items()}

# Field -> what stands for not knowing it.
UNKNOWN: dict[str, Any] = {name: field.default for name, field in Facts.model_fields.items()} | {
    f"tried.{name}": "unknown" for name in Tried.model_fields
}

# Lower bounds of the bands in which numbers are judged. Half of the published cases tell a band only; the cut-offs are
# those at which its coding and the few stated numbers agree.
BANDS: dict[str, tuple[tuple[str, float], ...]] = {
    "calls_per_month": (("low", 0), ("medium", 50_000), ("high", 300_000), ("very_high", 10_000_000)),
    "n_examples": (("none", 0), ("few", 10), ("some", 50), ("plenty", 1000)),
    "corpus_tokens": (("small", 0), ("medium", 200_000), ("large", 1_000_000_000)),
    "prompt_tokens": (("short", 0), ("long", 2000)),
    "static_tokens": (("short", 0), ("long", 1024)),
    "base_score": (("zero", 0), ("between", 0.02), ("full", 0.98)),
}

# What people and other tools write, as our value: first by field, then for any field.
SAME: dict[str, dict[str, str]] = {
    "goal": {
        "style": "quality",
        "format": "quality",
        "accuracy": "quality",
        "control": "quality",
        "reliability": "quality",
        "consistency": "quality",
        "behaviour": "quality",
        "behavior": "quality",
        "domain": "quality",
        "language": "quality",
        "safety": "quality",
        "speed": "latency",
        "price": "cost",
        "money": "cost",
        "scale": "cost",
        "facts": "knowledge",
        "compliance": "privacy",
        "security": "privacy",
        "sovereignty": "privacy",
    },
    "failure": {
        "behavior": "behaviour",
        "tone": "style",
        "voice": "style",
        "language": "style",
        "domain_language": "style",
        "structure": "format",
        "schema": "format",
        "syntax": "format",
        "facts": "knowledge",
        "factuality": "knowledge",
        "hallucination": "knowledge",
        "hallucinations": "knowledge",
        "freshness": "knowledge",
        "search": "retrieval",
        "context": "retrieval",
        "speed": "latency",
        "slow": "latency",
        "price": "cost",
        "accuracy": "behaviour",
        "quality": "behaviour",
        "consistency": "behaviour",
        "instruction_following": "behaviour",
        "safety": "behaviour",
        "logic": "reasoning",
        "math": "reasoning",
        "planning": "reasoning",
        "tool_use": "behaviour",
    },
    "knowledge_churn": {
        "none": "static",
        "stable": "static",
        "never": "static",
        "rare": "slow",
        "monthly": "slow",
        "medium": "slow",
        "moderate": "slow",
        "high": "fast",
        "daily": "fast",
        "weekly": "fast",
        "hourly": "fast",
        "dynamic": "fast",
        "low": "slow",
    },
    "data_amount": {
        "little": "few",
        "small": "few",
        "medium": "some",
        "large": "plenty",
        "many": "plenty",
        "no": "none",
    },
    "data_quality": {"poor": "low", "bad": "low", "medium": "mixed", "good": "high", "noisy": "low", "clean": "high"},
    "label_noise": {"medium": "high", "mixed": "high", "none": "low", "yes": "high", "no": "low"},
    "volume_band": {"small": "low", "mid": "medium", "large": "high", "huge": "very_high", "very high": "very_high"},
    "latency_need": {
        "realtime": "strict",
        "real_time": "strict",
        "interactive": "strict",
        "low": "strict",
        "batch": "offline",
        "async": "offline",
        "relaxed": "normal",
        "none": "normal",
        "medium": "normal",
    },
    "privacy": {
        "on_prem": "self_host",
        "on_premise": "self_host",
        "local": "self_host",
        "strict": "self_host",
        "yes": "self_host",
        "selfhost": "self_host",
        "no": "none",
        "cloud_ok": "none",
        "api_ok": "none",
        "normal": "none",
        "standard": "none",
    },
    "narrowness": {"wide": "broad", "specific": "narrow", "general": "broad"},
    "spec_stability": {
        "unstable": "changing",
        "moving": "changing",
        "volatile": "changing",
        "evolving": "changing",
        "fixed": "stable",
        "frozen": "stable",
        "slow": "stable",
    },
    "team": {"none": "weak", "small": "weak", "low": "weak", "average": "medium", "high": "strong", "expert": "strong"},
    "task_type": {
        "classification": "classify",
        "routing": "classify",
        "route": "classify",
        "moderation": "classify",
        "moderate": "classify",
        "label": "classify",
        "rank": "classify",
        "extraction": "extract",
        "ner": "extract",
        "parse": "extract",
        "question_answering": "qa",
        "search": "qa",
        "summarise": "generate",
        "summarize": "generate",
        "summarisation": "generate",
        "summary": "generate",
        "writing": "generate",
        "generation": "generate",
        "translate": "rewrite",
        "translation": "rewrite",
        "conversation": "chat",
        "assistant": "chat",
        "coding": "code",
        "tools": "agent",
    },
    "provider_ft_access": {
        "open": "yes",
        "available": "yes",
        "closed": "no",
        "blocked": "no",
        "none": "no",
        "limited": "partial",
    },
    "verifiable": {"automatic": "yes", "partly": "partial"},
    "eval_set": {"small": "partial", "informal": "partial", "none": "no", "some": "partial"},
    "preference_data": {"some": "yes", "pairs": "yes", "none": "no", "available": "yes"},
    "tried": {
        "yes": "tried",
        "untried": "no",
        "not_tried": "no",
        "none": "no",
        "never": "no",
        "failed": "insufficient",
        "bad": "insufficient",
        "poor": "insufficient",
        "exhausted": "insufficient",
        "worse": "insufficient",
        "good": "works",
        "ok": "works",
        "success": "works",
        "works_but_slow": "works_but_costly",
        "costly": "works_but_costly",
        "mixed": "partial",
        "v1": "basic",
        "simple": "basic",
        "naive": "basic",
    },
}
NOTHING: frozenset[str] = frozenset(
    {"", "unknown", "null", "none_stated", "n/a", "na", "?", "don't know", "dont_know", "not_stated", "unclear"}
)


def band(field: str, number: float | None) -> str | None:
    """The band of ``BANDS`` that a number falls in; None when it is unknown."""
    if number is None:
        return None
    return [name for name, least in BANDS[field] if number >= least][-1]
