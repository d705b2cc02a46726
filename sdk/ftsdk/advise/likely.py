"""How likely each answer is held to be before it is given: a judgement, used for nothing but the order of questions."""

from __future__ import annotations

from collections.abc import Mapping

from ftsdk.advise.questions import Question

# Shares in the order of the question's choices; questions that are not here have answers that are all alike.
_SHARES: Mapping[str, tuple[float, ...]] = {
    "eval_set": (0.5, 0.2, 0.3),
    "spec_stability": (0.75, 0.25),
    "data_quality": (0.5, 0.35, 0.15),
    "label_noise": (0.75, 0.25),
    "preference_data": (0.15, 0.1, 0.75),
    "verifiable": (0.5, 0.2, 0.3),
    "tried.finetune": (0.8, 0.1, 0.1),
    "tried.rag": (0.5, 0.25, 0.15, 0.1),
    "privacy": (0.25, 0.75),
    "corpus_tokens": (0.4, 0.5, 0.1),
}


def likely(question: Question) -> tuple[float, ...]:
    """A share for each of the question's choices; they sum to 1."""
    count = len(question.choices)
    return _SHARES.get(question.id, (1 / count,) * count)
