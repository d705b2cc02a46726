"""The 14 things a team can do, each with a plain title and one plain sentence."""

from __future__ import annotations

from typing import Literal, get_args

from ftsdk.values import Value

OptionCode = Literal[
    "prompt",
    "rag",
    "long_context",
    "caching",
    "smaller_base",
    "classical",
    "sft",
    "distil",
    "rft",
    "dpo",
    "cpt",
    "rag_ft",
    "not_yet_data",
    "not_yet_evals",
]

# Cheap and reversible first: the order in which options with equal points are listed.
CODES: tuple[OptionCode, ...] = get_args(OptionCode)

# Options that change weights of a language model. A small classifier is trained too, but in minutes and for cents.
TRAINING: frozenset[OptionCode] = frozenset({"sft", "distil", "rft", "dpo", "cpt", "rag_ft"})


class Option(Value):
    """One thing to do; ``code`` is for programs, ``title`` and ``sentence`` are for people."""

    code: OptionCode
    title: str
    sentence: str

    @property
    def trains(self) -> bool:
        """Whether it changes the weights of a language model."""
        return self.code in TRAINING


_TEXTS: tuple[tuple[OptionCode, str, str], ...] = (
    (
        "prompt",
        "Improve the prompt",
        "Better instructions, examples, constrained output, an automatic prompt optimiser or a stronger model; "
        "no training.",
    ),
    (
        "rag",
        "Retrieve the facts",
        "Look up the passages that an answer needs and put them in the prompt; or mend the retrieval you have.",
    ),
    (
        "long_context",
        "Put everything in the prompt",
        "The whole body of documents, or very many examples, fits in the prompt and is cached there.",
    ),
    (
        "caching",
        "Cache and batch",
        "Keep the model and the prompt; let the provider cache the repeated part, and run what can wait at half price.",
    ),
    (
        "smaller_base",
        "Use a cheaper model as it is",
        "Measure a smaller or open model, with a prompt written for it, on your own evaluation set and switch.",
    ),
    (
        "classical",
        "Train a small classifier",
        "An encoder or a classical model answers from a closed set of labels, in milliseconds, for almost nothing.",
    ),
    (
        "sft",
        "Fine-tune on examples",
        "Train a model on pairs of inputs and good answers, to gain quality, form, style or control.",
    ),
    (
        "distil",
        "Train a smaller model to take over",
        "A small model learns from the large model's checked answers, to answer cheaper or faster.",
    ),
    (
        "rft",
        "Train against a grader",
        "Reinforcement fine-tuning: the model tries, an automatic grader scores, better attempts are reinforced.",
    ),
    (
        "dpo",
        "Train on preferences",
        "The model learns from pairs of a better and a worse answer, usually after fine-tuning on examples.",
    ),
    (
        "cpt",
        "Continue the pre-training",
        "An open model reads billions of tokens of your language or domain before it is tuned for tasks.",
    ),
    (
        "rag_ft",
        "Retrieve the facts and train the manner",
        "Retrieval brings what is true today; training brings the jargon, the form and the use of what was found.",
    ),
    (
        "not_yet_data",
        "Not yet: mend or collect examples first",
        "The examples are too few, too noisy or unlike the task; training on them would teach the noise.",
    ),
    (
        "not_yet_evals",
        "Not yet: build an evaluation set first",
        "Without a way to measure, neither a better prompt nor a trained model can be told from a worse one.",
    ),
)

OPTIONS: dict[OptionCode, Option] = {
    code: Option(code=code, title=title, sentence=sentence) for code, title, sentence in _TEXTS
}
