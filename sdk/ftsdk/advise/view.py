"""Facts as the rules see them: bands for numbers, and what several answers together mean."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from ftsdk.advise.domain import CHOICES, band
from ftsdk.advise.facts import Facts

# Key -> its values (several for failure); None is unknown.
View = Mapping[str, tuple[str, ...] | None]

QUALITY_FAILURES = frozenset({"knowledge", "retrieval", "format", "style", "behaviour", "reasoning"})
MANNER_FAILURES = frozenset({"format", "style", "behaviour"})

_PLAIN = tuple(name for name in CHOICES if name not in ("volume_band", "data_amount"))


def view(facts: Facts) -> View:
    """What the rules look at; a number known exactly counts before a band that was only estimated."""
    tried = facts.tried
    seen: dict[str, str | None] = {}
    for name in _PLAIN:
        value = getattr(tried, name[6:]) if name.startswith("tried.") else getattr(facts, name)
        seen[name] = None if value == "unknown" else value
    seen["volume"] = band("calls_per_month", facts.calls_per_month) or _known(facts.volume_band)
    seen["data"] = band("n_examples", facts.n_examples) or _known(facts.data_amount)
    seen["corpus"] = band("corpus_tokens", facts.corpus_tokens) or _noted_corpus(facts.corpus_note)
    seen["prompt"] = band("prompt_tokens", facts.prompt_tokens)
    seen["prefix"] = band("static_tokens", facts.static_tokens)
    seen["base_score"] = band("base_score", facts.base_score)
    seen |= derived(told_together(facts))
    views: dict[str, tuple[str, ...] | None] = {
        name: None if value is None else (value,) for name, value in seen.items()
    }
    views["failure"] = facts.failure or None
    return views


# The facts of which several together make one key of the view.
TOGETHER: tuple[str, ...] = (
    "goal",
    "privacy",
    "failure",
    "tried.prompting",
    "tried.few_shot",
    "current_model",
)


def told_together(facts: Facts) -> dict[str, Any]:
    """The values of ``TOGETHER``."""
    values = (
        facts.goal,
        facts.privacy,
        facts.failure,
        facts.tried.prompting,
        facts.tried.few_shot,
        facts.current_model,
    )
    return dict(zip(TOGETHER, values, strict=True))


def derived(told: Mapping[str, Any]) -> dict[str, str | None]:
    """What the values of ``TOGETHER`` mean together."""
    here = _stays_here(told["goal"], told["privacy"])
    return {
        "prompting": _prompting(told["tried.prompting"], told["tried.few_shot"]),
        "quality": _quality(told["failure"]),
        "weights_stay_here": here,
        "open_base": "yes" if here == "yes" else _open_base(told["current_model"]),
    }


def _known(value: str) -> str | None:
    return None if value == "unknown" else value


def _noted_corpus(note: str) -> str | None:
    """A note that says the corpus is large, for cases that tell no number."""
    words = note.lower()
    return "large" if "large" in words or "billion" in words else None


def _prompting(prompting: str, few_shot: str) -> str | None:
    """How far prompting got, examples in the prompt included.

    ``exhausted`` is careful work that falls short; ``costly`` reaches the quality at a price.
    """
    for outcome, word in (("works", "works"), ("works_but_costly", "costly"), ("insufficient", "exhausted")):
        if outcome in (prompting, few_shot):
            return word
    if prompting in ("tried", "basic", "partial") or few_shot in ("tried", "basic", "partial"):
        return "tried"
    return "no" if prompting == "no" else None


def _quality(failure: Collection[str]) -> str | None:
    """Whether quality is already there: what fails is only the cost or the waiting."""
    if not failure:
        return None
    return "proven" if QUALITY_FAILURES.isdisjoint(failure) else "short"


def _stays_here(goal: str, privacy: str) -> str | None:
    if privacy == "self_host" or goal == "privacy":
        return "yes"
    return "no" if privacy == "none" else None


_OPEN = ("llama", "qwen", "mistral", "mixtral", "gemma", "phi-", "falcon", "bloom", "pythia", "gpt-oss", "smollm",
         "deepseek", "starcoder", "olmo", "open")  # fmt: skip
_CLOSED = ("gpt", "claude", "gemini", "davinci", "openai", "anthropic", "sonnet", "haiku", "opus")


@lru_cache(maxsize=64)
def _open_base(model: str) -> str | None:
    """Whether the model in use has open weights, from its name."""
    name = model.lower()
    if any(word in name for word in _OPEN) and "openai" not in name:
        return "yes"
    return "no" if any(word in name for word in _CLOSED) else None


KEYS: frozenset[str] = frozenset(view(Facts()))
