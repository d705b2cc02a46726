"""A challenge: the alias's stored comparison, answered anew by one untrained arm."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from ftsdk.data.value import Row
from ftsdk.errors import UsageError
from ftsdk.evals import build_graders, compare_arms
from ftsdk.evals.compare import Beside
from ftsdk.evals.conduct import declared_params
from ftsdk.evals.journal import Journal
from ftsdk.evals.near_rows import near_clusters
from ftsdk.evals.prices import CallCost
from ftsdk.evals.runner import Asking, Budget, answer_rows
from ftsdk.evals.value import Arm, Comparison
from ftsdk.plan.value import Plan
from ftsdk.providers.inference import Answer, InferenceClient
from ftsdk.registry import Resolved
from ftsdk.runs.inputs import Inputs
from ftsdk.values import Value

Finding = Literal["keep", "replace", "cannot tell"]


class Challenge(Value):
    """Whether an untrained model may take an alias's place, and what asking cost."""

    alias: str
    challenger: str
    finding: Finding
    sentence: str
    usd: float | None
    comparison: Comparison


def challenge(
    resolved: Resolved,
    plan: Plan,
    stored: Comparison,
    inputs: Inputs,
    challenger: Arm,
    client: Callable[[], InferenceClient],
    cost: CallCost | None,
    cost_now: CallCost | None,
    journal: Path,
    max_usd: float | None,
) -> Challenge:
    """Ask the challenger the stored rows; the tuned answers are those of the comparison and cost nothing.

    Raises UsageError when the run was never compared, BudgetStop before ``max_usd`` is passed.
    """
    evaluation = plan.spec.spec.evaluation
    tuned = stored.tuned_arm
    if evaluation is None or tuned is None:
        raise UsageError(f"{resolved.alias} rests on no comparison", help="evaluate it first: `ft eval`")
    before = {row.id: row.answers[tuned.name] for row in stored.rows}
    rows = tuple(row for row in inputs.dataset(evaluation.dataset).rows if row.id in before)
    metrics = [metric for metric in evaluation.metrics if metric.type not in ("judge", "python")]
    if not metrics:
        raise UsageError(
            f"{resolved.alias} was measured by judges or functions alone",
            help="a challenge needs a metric that it can compute again: add one to evaluation.metrics",
        )
    budget = Budget(max_usd)
    asking = Asking(declared_params(evaluation), budget=budget)
    answers = asyncio.run(_asked(challenger, rows, client, asking, journal, cost))
    comparison = compare_arms(
        f"{resolved.alias} against {challenger.name}",
        (tuned, challenger),
        {tuned.name: before, challenger.name: answers},
        rows,
        build_graders(metrics, inputs.text),
        sampled_from=stored.sampled_from,
        held_out=stored.held_out,
        subject=challenger.name,
        beside=Beside(near=near_clusters(rows), costs={tuned.name: cost_now, challenger.name: cost}),
    )
    finding = _finding(comparison)
    return Challenge(
        alias=resolved.alias,
        challenger=challenger.name,
        finding=finding,
        sentence=f"{_WORDS[finding]} {comparison.headline}",
        usd=budget.spent if cost is not None else None,
        comparison=comparison,
    )


_WORDS: dict[Finding, str] = {
    "keep": "Keep the tuned model.",
    "replace": "Replace it: the untrained model is as good.",
    "cannot tell": "These rows cannot tell.",
}


async def _asked(
    arm: Arm,
    rows: tuple[Row, ...],
    client: Callable[[], InferenceClient],
    asking: Asking,
    journal: Path,
    cost: CallCost | None,
) -> dict[str, Answer]:
    with Journal(journal) as kept:
        async with client() as model:
            return await answer_rows(arm, rows, model, asking, kept, cost=cost)


def _finding(comparison: Comparison) -> Finding:
    if comparison.verdict in ("better", "not worse"):
        return "replace"
    return "keep" if comparison.verdict == "worse" else "cannot tell"
