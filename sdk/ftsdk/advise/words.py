"""How facts and their values are called when people read of them; taken from the questions where there is one."""

from __future__ import annotations

from typing import Any

from ftsdk.advise.questions import BY_ID

NAMES: dict[str, str] = {
    "goal": "the goal",
    "failure": "what is wrong today",
    "task_type": "the kind of task",
    "knowledge_churn": "how often the facts change",
    "data_amount": "the number of examples",
    "n_examples": "the number of examples",
    "data_quality": "the quality of the examples",
    "label_noise": "disagreement on the labels",
    "preference_data": "pairs of better and worse answers",
    "verifiable": "grading by a program",
    "eval_set": "an evaluation set",
    "volume_band": "the number of calls",
    "calls_per_month": "the number of calls a month",
    "prompt_tokens": "the length of the prompt",
    "static_tokens": "the repeated part of the prompt",
    "output_tokens": "the length of the answers",
    "latency_need": "how soon answers must come",
    "privacy": "where data may go",
    "narrowness": "how varied the task is",
    "spec_stability": "how often the requirements change",
    "team": "the people for it",
    "corpus_tokens": "the size of the documents",
    "provider_ft_access": "training with the provider",
    "base_score": "the untrained model's score",
    "current_model": "the present model",
    "tried.prompting": "prompting",
    "tried.few_shot": "examples in the prompt",
    "tried.rag": "retrieval",
    "tried.smaller_model": "a cheaper model",
    "tried.structured_output": "constrained output",
    "tried.caching": "prompt caching",
    "tried.finetune": "fine-tuning",
    "era": "the year",
    "n_examples_note": "a note on the examples",
    "corpus_note": "a note on the documents",
}

_OUTCOMES: dict[str, str] = {
    "no": "not tried",
    "tried": "tried",
    "basic": "a first version",
    "partial": "works in part",
    "insufficient": "tried hard, not good enough",
    "works": "works",
    "works_but_costly": "works but costs too much",
}

_FAILURES: dict[str, str] = {
    "knowledge": "missing facts",
    "retrieval": "passages not found",
    "format": "wrong form",
    "style": "wrong style or domain language",
    "behaviour": "wrong behaviour",
    "reasoning": "wrong reasoning",
    "cost": "high cost",
    "latency": "slow answers",
}


def fact_name(field: str) -> str:
    """A fact as people call it."""
    return NAMES.get(field, field.replace("_", " "))


def value_words(field: str, value: Any) -> str:
    """A fact's value as people call it."""
    if value in (None, "unknown", "", ()):
        return "not known"
    if field.startswith("tried."):
        return _OUTCOMES[str(value)]
    if field == "failure":
        return ", ".join(_FAILURES[item] for item in value)
    if isinstance(value, int | float):
        return f"{value:,.0f}" if value >= 10 else f"{value:g}"
    if field in BY_ID:
        return next((choice.label for choice in BY_ID[field].choices if choice.value == value), str(value))
    return str(value)
