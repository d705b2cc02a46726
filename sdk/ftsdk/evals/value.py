"""Arms, scores and comparisons."""

from __future__ import annotations

from typing import Literal

from ftsdk.data.value import Message
from ftsdk.providers.inference import Answer, AnswerFormat
from ftsdk.values import Value

RECORDED = "recorded"
"""What stands for the model of answers that one already has."""
ArmKind = Literal[
    "base", "prompted", "few_shot", "tuned", "checkpoint", "alias", "model", "retrieval", "recorded",
]  # fmt: skip
Verdict = Literal["better", "not worse", "worse", "cannot tell"]
Unit = Literal["share", "seconds", "tokens", "words", "characters", "USD per 1,000"]
"""What a metric's numbers are: a share of 1, of which more is better, or a quantity, of which less is better."""


class Retrieval(Value):
    """Who finds documents for a question: a command (the question comes on its input) or a URL (it is posted)."""

    command: tuple[str, ...] = ()
    url: str | None = None


class Arm(Value):
    """One way of answering: which model, under which system prompt, after which examples (user/assistant turns).

    ``connection`` names the account that answers, the run's own when absent; ``nearest`` is how many examples are
    chosen for each row by likeness; ``response_format`` is what answers are held to.
    """

    name: str
    kind: ArmKind
    model: str
    system_prompt: str | None = None
    examples: tuple[Message, ...] = ()
    nearest: int = 0
    connection: str | None = None
    max_tokens: int | None = None
    response_format: AnswerFormat | None = None
    retrieval: Retrieval | None = None


class Score(Value):
    """One metric on one answer: 0 to 1, or a quantity in its unit; ``detail`` says what was wrong in a few words."""

    value: float
    detail: str = ""
    parts: dict[str, float] = {}


class RowResult(Value):
    """One row under every arm: answers and scores by arm (scores by arm, then metric)."""

    id: str
    group: str | None
    prompt: str
    expected: str
    answers: dict[str, Answer]
    scores: dict[str, dict[str, Score]]


class Estimate(Value):
    """A mean with its interval at ``confidence``, in ``unit``; ``method`` names the interval."""

    value: float
    low: float
    high: float
    confidence: float
    method: str
    unit: Unit = "share"


class ArmSummary(Value):
    """One arm over all rows: a metric's estimate by name, and what the answers took.

    ``failures`` counts calls that brought no answer (scored 0, never dropped); ``truncated`` answers cut by the limit,
    ``refused`` those that the model would not give. ``usd_per_1000`` is None where no price is known.
    """

    arm: Arm
    metrics: dict[str, Estimate]
    parts: dict[str, dict[str, float]]
    rows: int
    failures: int
    truncated: int
    prompt_tokens: float
    completion_tokens: float
    latency: float
    latency_p50: float = 0.0
    latency_p95: float = 0.0
    refused: int = 0
    usd_per_1000: float | None = None

    @property
    def is_measured(self) -> bool:
        """Whether it is known what the answers took; of answers that one already had, often nothing is."""
        known = self.prompt_tokens or self.completion_tokens or self.latency or self.usd_per_1000
        return bool(known) or self.arm.model != RECORDED


class Contrast(Value):
    """Two arms on the same rows: paired difference (first minus second) of one metric.

    ``p_value`` by ``test``; ``exact_p`` is McNemar's exact one where the test is his. ``wins`` and ``losses`` count
    rows where the first was better or worse.
    """

    metric: str
    first: str
    second: str
    difference: Estimate
    p_value: float
    test: str
    wins: int
    losses: int
    ties: int
    verdict: Verdict
    primary: bool = False
    rows_needed: int | None = None
    exact_p: float | None = None


class Segment(Value):
    """The primary contrast on the rows whose ``field`` is ``value``; corrected for how many segments were looked at."""

    field: str
    value: str
    rows: int
    difference: Estimate
    p_value: float
    verdict: Verdict
    exploratory: bool


class Confusion(Value):
    """Which label one arm gave for which: ``counts[expected][given]``, given labels with "(no label)" last."""

    metric: str
    arm: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    macro_f1: float


class JudgeReport(Value):
    """How far a judged metric can be relied on.

    ``consistency`` is the share of pairs on which both orders agreed, ``agreement`` Krippendorff's alpha between
    judges, ``sensitivity`` and ``specificity`` against human labels; None where there was nothing to compute it from.
    ``corrected`` is, by arm, the share of answers that people would pass, where enough labels say how the judge errs.
    """

    metric: str
    judges: tuple[str, ...]
    mode: str
    judged: int
    unreadable: int
    consistency: float | None = None
    agreement: float | None = None
    sensitivity: float | None = None
    specificity: float | None = None
    labelled: int = 0
    length_bias: str = ""
    usd: float | None = None
    corrected: dict[str, Estimate] = {}


class GateResult(Value):
    """One gate of the spec on this comparison; anything but a clear yes fails closed."""

    text: str
    outcome: Literal["passed", "failed", "cannot tell"]
    detail: str


class SuiteResult(Value):
    """Rows reported apart; they decide nothing."""

    name: str
    rows: int
    arms: tuple[ArmSummary, ...]


class Comparison(Value):
    """Arms on the same held-out rows. ``headline`` is the one sentence to repeat.

    ``smallest_visible`` is the least gain in points, of the primary metric, that so many rows show with 80 % power
    (computed from what was observed). ``sampled_from`` is how many rows the file has. ``looks`` counts how often this
    test set has decided, this time included. ``usd`` is what asking and judging cost this time, None where a
    price is not known. ``row_count`` is there when ``rows`` is a part of what was compared.
    """

    format_version: Literal["1"] = "1"
    name: str
    headline: str
    verdict: Verdict
    primary_metric: str
    primary: Contrast | None
    arms: tuple[ArmSummary, ...]
    contrasts: tuple[Contrast, ...]
    gates: tuple[GateResult, ...]
    rows: tuple[RowResult, ...]
    suites: tuple[SuiteResult, ...] = ()
    sampled_from: int
    smallest_visible: float | None
    infrastructure_failures: float
    held_out: bool
    notes: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
    confusions: tuple[Confusion, ...] = ()
    judges: tuple[JudgeReport, ...] = ()
    repeats: int = 1
    looks: int | None = None
    row_count: int | None = None
    usd: float | None = None

    @property
    def compared(self) -> int:
        """How many rows were compared; ``rows`` may hold fewer of them."""
        return len(self.rows) if self.row_count is None else self.row_count

    @property
    def tuned_arm(self) -> Arm | None:
        """The arm of the tuned model, where there was one."""
        return next((summary.arm for summary in self.arms if summary.arm.kind == "tuned"), None)
