"""How much of the expected text's words or letters the answer has: chrF and ROUGE, by the kept libraries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ftsdk.data.value import Row
from ftsdk.errors import ExtraMissing
from ftsdk.evals.value import Score

LONGEST = 50_000
"""Characters that are compared; both measures grow faster than the text, and an answer may be megabytes."""


@dataclass(frozen=True)
class Chrf:
    """chrF2 (Popović 2015) as sacrebleu computes it, over 100."""

    name: str
    scorer: Any
    binary: ClassVar[bool] = False
    phrase: ClassVar[str] = "reaches {} chrF"
    caution: ClassVar[str] = ""

    def grade(self, answer: str, row: Row) -> Score:
        value = self.scorer.sentence_score(answer[:LONGEST], [row.answer[:LONGEST]]).score / 100
        return Score(value=min(1.0, value))


@dataclass(frozen=True)
class Rouge:
    """ROUGE (Lin 2004), F-measure, as rouge-score computes it, with stemming."""

    name: str
    variant: str
    scorer: Any
    binary: ClassVar[bool] = False
    phrase: ClassVar[str] = "reaches {} ROUGE"
    caution: ClassVar[str] = ""

    def grade(self, answer: str, row: Row) -> Score:
        found = self.scorer.score(row.answer[:LONGEST], answer[:LONGEST])[self.variant]
        return Score(value=found.fmeasure)


def chrf(name: str) -> Chrf:
    """The chrF grader; raises ExtraMissing without sacrebleu."""
    try:
        from sacrebleu.metrics.chrf import CHRF
    except ImportError as error:
        raise ExtraMissing("sacrebleu", "eval") from error
    return Chrf(name, CHRF())


def rouge(name: str, variant: str) -> Rouge:
    """The ROUGE grader; raises ExtraMissing without rouge-score."""
    try:
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError as error:
        raise ExtraMissing("rouge-score", "eval") from error
    return Rouge(name, variant, RougeScorer([variant], use_stemmer=True))
