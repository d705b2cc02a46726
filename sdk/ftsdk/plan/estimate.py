"""What a plan takes before anything was measured: the arms' prompts, seconds, and how small a gain it could show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

from ftsdk.data import Dataset, Message, Row, with_system
from ftsdk.plan.value import ArmPlan
from ftsdk.prices import Interval
from ftsdk.spec import SpecFile, arm_names
from ftsdk.spec.model import ArmSpec, Evaluation, ExactMetric, FewShotArm, JsonSchemaMetric, PromptedArm
from ftsdk.stats import visible_points

CountTokens = Callable[[Sequence[Message]], int]

# Tokens a second of the embedded engine on two cores (22 Nov 2026): 192 to 205 were decoded for 64 prompts at once,
# and reading a prompt costs one forward pass, about a third of a training step at 620. Hosted models are faster.
DECODE = (120.0, 190.0, 400.0)
PREFILL = (600.0, 1200.0, 4000.0)
STARTING = (1.0, 3.0, 10.0)


def arm_plans(spec_file: SpecFile, train: Sequence[Row], test: Dataset, count: CountTokens) -> tuple[ArmPlan, ...]:
    """Each arm with its rows and the average length of its prompts in tokens."""
    evaluation = spec_file.spec.spec.evaluation
    if evaluation is None:
        return ()
    rows = evaluated_rows(test, evaluation)
    names = arm_names(evaluation.arms)
    tokens = [_prompt_tokens(arm, spec_file, train, test.rows[:rows], count) for arm in evaluation.arms]
    return tuple(ArmPlan(name=name, rows=rows, prompt_tokens=size) for name, size in zip(names, tokens, strict=True))


def evaluated_rows(test: Dataset, evaluation: Evaluation) -> int:
    """How many held-out rows will be answered."""
    return min(len(test.rows), evaluation.max_rows or len(test.rows))


def evaluation_seconds(
    arms: Sequence[ArmPlan], evaluation: Evaluation, test: Dataset, suites: Mapping[str, Dataset], count: CountTokens
) -> Interval:
    """Seconds to answer the held-out rows and the suites under every arm, one after the other on this machine.

    Right answers set the least length; an untrained model may go on to ``max_tokens`` every time. What an arm's
    prompts share is read once where the engine shares it (low, likely), or every time (high).
    """
    if not arms or not test.rows:
        return Interval(low=0, likely=0, high=0, unit="seconds")
    answer = fmean(count((Message(role="assistant", content=row.answer),)) for row in test.rows)
    likely = min(evaluation.max_tokens, 1.3 * answer)
    extra = sum(len(suite.rows) for suite in suites.values())
    answers = sum(arm.rows + extra for arm in arms)
    prompts = sum(arm.prompt_tokens * (arm.rows + extra) for arm in arms)
    shared = sum(arm.prompt_tokens for arm in arms) + answers * _mean(test.rows, None, count, whole=False)
    low = answers * min(answer, evaluation.max_tokens) / DECODE[2] + shared / PREFILL[2] + STARTING[0] * len(arms)
    middle = answers * likely / DECODE[1] + shared / PREFILL[1] + STARTING[1] * len(arms)
    high = answers * evaluation.max_tokens / DECODE[0] + prompts / PREFILL[0] + STARTING[2] * len(arms)
    return Interval(low=low, likely=middle, high=high, unit="seconds")


def training_seconds(triple: tuple[float, float, float]) -> Interval:
    """A provider's estimate as an interval."""
    low, likely, high = triple
    return Interval(low=low, likely=likely, high=high, unit="seconds")


def smallest_visible(evaluation: Evaluation, rows: int) -> tuple[float, float] | None:
    """The range, in points, in which the least gain lies that so many rows show; None when they show none."""
    binary = isinstance(evaluation.metrics[0], (ExactMetric, JsonSchemaMetric))
    return visible_points(rows, binary=binary)


def _prompt_tokens(
    arm: ArmSpec, spec_file: SpecFile, train: Sequence[Row], test: Sequence[Row], count: CountTokens
) -> int:
    system = spec_file.system_prompt
    examples = 0.0
    if isinstance(arm, PromptedArm):
        system = spec_file.text(arm.prompted)
    elif isinstance(arm, FewShotArm):
        system = spec_file.text(arm.prompt) if arm.prompt else system
        examples = arm.few_shot * _mean(train, None, count, whole=True)
    return round(examples + _mean(test, system, count, whole=False))


def _mean(rows: Sequence[Row], system: str | None, count: CountTokens, *, whole: bool) -> float:
    """Average tokens of the rows, or of their prompts, under ``system``; of no rows 0."""
    turns = with_system(rows, system)
    return fmean(count(row.messages if whole else row.prompt) for row in turns) if turns else 0.0
