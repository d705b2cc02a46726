"""The gates: what rules an option out, or keeps it behind what must be done first; always shown."""

from __future__ import annotations

from ftsdk.advise.options import TRAINING
from ftsdk.advise.rule import Gate

GATES: tuple[Gate, ...] = (
    Gate(
        "no-evals", "eval_set=no", TRAINING, "not_yet_evals", "no_evals",
        "There is no evaluation set: a trained model could not be told from a worse one.",
        "OpenAI supervised fine-tuning guide: evals first; Husain on Rechat",
    ),
    Gate(
        "spec-moving", "spec_stability=changing", TRAINING, None, "spec_changing",
        "The requirements still move: every change would wait for a training cycle.",
        "AI Engineer World's Fair session 196; QuantumFabrics, the fine-tuning trap",
    ),
    Gate(
        "facts-moving", "knowledge_churn=fast & failure=knowledge|retrieval", frozenset({"sft", "dpo", "rft", "cpt"}),
        "rag", "knowledge_changes",
        "The facts change often: what weights have learnt is out of date at the next change.",
        "Gekhman et al., EMNLP 2024; arXiv 2505.15179",
    ),
    Gate(
        "new-facts", "goal=knowledge & failure=knowledge", frozenset({"sft", "distil", "dpo", "rft"}), "rag",
        "hallucination_risk",
        "Facts that are new to the model are learnt slowly by training and raise hallucination.",
        "Gekhman et al., EMNLP 2024",
    ),
    Gate(
        "bad-data", "data_quality=low", frozenset({"sft", "dpo", "rag_ft", "classical"}), "not_yet_data", "data_repair",
        "The examples are of low quality: training would teach their faults.",
        "OpenAI accuracy guide: people who agree on 70 % set the ceiling",
    ),
    Gate(
        "bad-teacher", "data_quality=low & quality=short", frozenset({"distil"}), "not_yet_data", "data_repair",
        "Neither the examples nor the present model's answers are good enough to teach with.",
        "OpenAI accuracy guide: people who agree on 70 % set the ceiling",
    ),
    Gate(
        "no-data", "data=none", frozenset({"sft", "dpo", "rag_ft", "classical"}), "not_yet_data", "few_examples",
        "There are no examples to train on.",
        "OpenAI fine-tuning guide: at least 10 examples, gains from 50 to 100",
    ),
    Gate(
        "grader-flat", "base_score=zero|full", frozenset({"rft"}), None, "not_gradable",
        "The untrained model scores at the grader's end: there is nothing to reinforce.",
        "OpenAI reinforcement fine-tuning use cases",
    ),
    Gate(
        "no-grader", "verifiable=no", frozenset({"rft"}), None, "not_gradable",
        "Answers cannot be graded automatically.",
        "OpenAI reinforcement fine-tuning use cases",
    ),
    Gate(
        "no-pairs", "preference_data=no", frozenset({"dpo"}), None, "no_preferences",
        "There are no pairs of a better and a worse answer.",
        "Rafailov et al. 2023, arXiv 2305.18290",
    ),
    Gate(
        "corpus-too-small", "corpus=small|medium", frozenset({"cpt"}), None, "corpus_small",
        "Less than a billion tokens of text: too little to continue a pre-training.",
        "arXiv 2404.17790 (Swallow), arXiv 2311.00176 (ChipNeMo)",
    ),
    Gate(
        "not-labels", "task_type=generate|rewrite|code|agent|qa", frozenset({"classical"}), None, "open_answers",
        "Answers are free text: a classifier can only choose among labels.",
        "definition",
    ),
    Gate(
        "large-corpus", "corpus=medium|large", frozenset({"long_context"}), None, "corpus_large",
        "The documents do not fit in a prompt (more than about 200,000 tokens).",
        "Anthropic, contextual retrieval: up to about 200,000 tokens",
    ),
)  # fmt: skip
