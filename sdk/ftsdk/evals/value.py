"""Arms, scores and comparisons."""

from __future__ import annotations

from typing import Literal

from ftsdk.data.value import Message
from ftsdk.providers.inference import Answer
from ftsdk.values import Value

ArmKind = Literal["base", "prompted", "few_shot", "tuned", "recorded"]
Verdict = Literal["better", "not worse", "worse", "cannot tell"]


class Arm(Value):
    """One way of answering: which model, under which system prompt, after which examples (user/assistant turns)."""

    name: str
    kind: ArmKind
    model: str
    system_prompt: str | None = None
    examples: tuple[Message, ...] = ()


class Score(Value):
    """One metric on one answer: 0 to 1; ``detail`` says what was wrong in a few words."""

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
    """A mean with its interval at ``confidence``; ``method`` names the interval."""

    value: float
    low: float
    high: float
    confidence: float
    method: str


class ArmSummary(Value):
    """One arm over all rows: a metric's estimate by name, and what the answers took.

    ``failures`` counts calls that brought no answer (scored 0, never dropped); ``truncated`` answers cut by the limit.
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


class Contrast(Value):
    """Two arms on the same rows: paired difference (first minus second) of one metric.

    ``p_value`` by ``test``; ``wins`` and ``losses`` count rows where the first scored higher or lower.
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
    (computed from what was observed). ``sampled_from`` is how many rows the file has.
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
