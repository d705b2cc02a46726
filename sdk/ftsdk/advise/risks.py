"""What can go wrong with what is advised: a register, each risk with its condition and its remedy."""

from __future__ import annotations

from typing import NamedTuple

from ftsdk.advise.options import TRAINING, OptionCode
from ftsdk.advise.rule import parse
from ftsdk.advise.value import Risk
from ftsdk.advise.view import View

_TRAINED: frozenset[OptionCode] = TRAINING | frozenset[OptionCode]({"classical"})


class _Row(NamedTuple):
    code: str
    options: frozenset[OptionCode]
    when: str
    text: str
    remedy: str
    source: str


_ROWS: tuple[_Row, ...] = (
    _Row("safety_regression", TRAINING, "", "Training can undo refusals, even with harmless data.",
         "Run a refusal and toxicity suite before and after.", "Qi et al. 2023, arXiv 2310.03693"),
    _Row("forgetting", TRAINING, "", "What the model could do before can get worse.",
         "Add a general-ability suite that is reported apart.", "arXiv 2405.09673 (LoRA learns less and forgets less)"),
    _Row("leakage", _TRAINED, "", "Near-duplicates between training and test rows make the gain look larger.",
         "Check for near-duplicates and split by time.", "docs/statistics.md"),
    _Row("format_lock", frozenset({"sft", "distil", "dpo", "rft", "rag_ft"}), "",
         "A prompt that is changed after training breaks the model silently.",
         "Promote model and prompt together and test them together.", "judgement"),
    _Row("retirement", TRAINING, "", "The provider can retire the base model, and the tuned one with it.",
         "Keep data and evaluation, and a retrain by one command on an open base.", "provider life table, 2026-11"),
    _Row("regurgitation", TRAINING, "", "Training rows can be repeated to users word for word.",
         "Remove personal data and secrets first; test with prefixes of rows.", "arXiv 2012.07805"),
    _Row("hallucination", frozenset({"sft", "distil", "cpt", "rag_ft"}), "failure=knowledge",
         "Facts that are new to the model, learnt by tuning, raise hallucination.",
         "Keep facts out of the training answers, or give them in the prompt.", "Gekhman et al., EMNLP 2024"),
    _Row("retrain_freeze", TRAINING, "", "Changes of requirements wait for the next training.",
         "Keep what changes in the prompt; plan who retrains and when.", "aiewf-reversal"),
    _Row("teacher_terms", frozenset({"distil"}), "",
         "The large model's terms may forbid training rivals on its answers.",
         "Read them, or use an open teacher.", "judgement"),
    _Row("grader_gaming", frozenset({"rft"}), "", "The model learns what the grader rewards, not what you mean.",
         "Read the 20 best-scored answers after each run.", "OpenAI reinforcement fine-tuning use cases"),
    _Row("stale_index", frozenset({"rag", "rag_ft"}), "",
         "Retrieved passages may be old, wrong or forbidden to this user.",
         "Date the passages, check rights, and let the model say that it does not know.", "judgement"),
    _Row("injected_text", frozenset({"rag", "rag_ft", "long_context"}), "",
         "Documents can carry instructions.", "Treat them as quotations and check actions elsewhere.", "OWASP LLM01"),
    _Row("cache_miss", frozenset({"caching", "long_context"}), "",
         "One changed character at the front, or a pause, and nothing is cached.",
         "Put what changes last; watch the hit rate.", "Anthropic and OpenAI caching guides"),
    _Row("silent_downgrade", frozenset({"smaller_base"}), "",
         "A cheaper model can be worse just on the rare inputs that matter.",
         "Compare on rows that hold them, and keep a way back.", "ApplyPass"),
    _Row("prompt_regression", frozenset({"prompt"}), "", "One mended error breaks two others unseen.",
         "Run the evaluation set at every change of the prompt.", "Husain on Rechat"),
    _Row("waiting_costs", frozenset({"not_yet_data", "not_yet_evals"}), "",
         "The preparation never ends.", "Set the size now: 100 to 200 rows, one week.", "judgement"),
)  # fmt: skip

_CONDITIONS = tuple(parse(row.when) for row in _ROWS)


def risks_of(option: OptionCode, seen: View) -> tuple[Risk, ...]:
    """The risks of an option in this case."""
    return tuple(
        Risk(code=row.code, text=row.text, remedy=row.remedy, source=row.source)
        for row, clauses in zip(_ROWS, _CONDITIONS, strict=True)
        if option in row.options and all(clause.holds(seen) for clause in clauses)
    )
