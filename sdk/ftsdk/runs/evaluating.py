"""From a plan, its files and a tuned model to a comparison: what a run's evaluation and `ft eval` share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from ftsdk.data.value import Dataset, Row
from ftsdk.errors import FtsdkError, PolicyDenied
from ftsdk.evals import build_arms, build_graders, sample_rows
from ftsdk.evals.batches import Waits
from ftsdk.evals.conduct import Case, Outside, Tell, conduct, declared_params
from ftsdk.evals.judges import Labels
from ftsdk.evals.prices import CallCost, cost_at
from ftsdk.evals.recorded import read_labels, read_recorded
from ftsdk.evals.serving import Proof, prove
from ftsdk.evals.value import Arm, Comparison
from ftsdk.plan.value import Plan
from ftsdk.prices.book import ModelPrices
from ftsdk.providers.base import JobResult, Provider
from ftsdk.providers.inference import Answer, InferenceClient
from ftsdk.registry import read_alias
from ftsdk.runs.artefacts import Artefacts
from ftsdk.runs.checkpoints import checkpoint_model
from ftsdk.runs.comparisons import alias_arm, look
from ftsdk.spec.arms import arm_kind
from ftsdk.spec.evaluation import Evaluation
from ftsdk.spec.other_arms import RecordedArm
from ftsdk.spec.other_metrics import JudgeMetric


class Files(Protocol):
    """The files that a spec names, by their names in it."""

    def text(self, name: str) -> str:
        """A prompt, schema or rubric, without outer space."""
        ...

    def examples(self) -> tuple[Row, ...]:
        """The training rows as chats with their answers."""
        ...

    def dataset(self, name: str) -> Dataset:
        """Rows."""
        ...


class Surroundings(NamedTuple):
    """What an evaluation may reach of the workspace beside the run's own provider."""

    provider_of: Callable[[str], Provider]
    prices_of: Callable[[str, str], ModelPrices]
    python_graders: bool


class Evaluating:
    """One evaluation of ``plan``. Without ``result`` nothing is tuned yet and the arms that need it are left out.

    ``occasion`` names it, so that going on after a crash is no second look at the test set.
    """

    def __init__(
        self,
        plan: Plan,
        provider: Provider,
        artefacts: Artefacts,
        files: Files,
        surroundings: Surroundings,
        result: JobResult | None,
        occasion: str,
    ) -> None:
        self.plan = plan
        self.provider = provider
        self._artefacts = artefacts
        self._files = files
        self._surroundings = surroundings
        self._result = result
        self._occasion = occasion
        self._journals: set[str] = set()

    def compare(self, tell: Tell, max_usd: float | None = None, *, batch: bool = False) -> Comparison:
        """Ask, judge, compare; raises PolicyDenied when the test set is closed, BudgetStop before the ceiling."""
        evaluation = self._evaluation()
        test = self._files.dataset(evaluation.dataset)
        looks = self._look(evaluation, test)
        arms = self._arms(evaluation)
        case = Case(
            name=self.plan.name,
            evaluation=evaluation,
            arms=arms,
            rows=sample_rows(test.rows, evaluation.max_rows, self.plan.spec.spec.method.seed),
            graders=build_graders(evaluation.metrics, self._files.text, python=self._surroundings.python_graders),
            sampled_from=len(test.rows),
            held_out=self.plan.leak is not None and self.plan.leak.held_out,
            suites={suite.name: self._files.dataset(suite.dataset).rows for suite in evaluation.suites},
            train_rows=self._train_rows(),
            recorded=self._recorded(evaluation, arms, test.rows),
            labels=self._labels(evaluation),
            gates=self.plan.spec.spec.gates,
            max_usd=max_usd,
            looks=looks,
        )
        try:
            return asyncio.run(conduct(case, self._outside(tell, Waits() if batch else None)))
        finally:
            for key in self._journals:
                self._artefacts.publish(key)  # answers were paid for: another host need not ask for them again

    def prove_serving(self, comparison: Comparison) -> Proof:
        """Ask the served model a sample of what was evaluated; raises ProviderError when it cannot be asked."""
        arm = comparison.tuned_arm
        if arm is None or self._result is None:
            return Proof()
        evaluated = {row.id: row.answers[arm.name] for row in comparison.rows}
        evaluation, result = self._evaluation(), self._result
        rows = [row for row in self._files.dataset(evaluation.dataset).rows if row.id in evaluated]

        async def proved() -> Proof:
            async with self.provider.inference(result.model) as client:
                return await prove(arm, rows, evaluated, client, result.model, declared_params(evaluation))

        return asyncio.run(proved())

    def _evaluation(self) -> Evaluation:
        evaluation = self.plan.spec.spec.evaluation
        if evaluation is None:
            raise FtsdkError(f"{self.plan.name} declares no evaluation", help="add spec.evaluation and apply again")
        if self._result is not None:
            return evaluation
        untrained = tuple(arm for arm in evaluation.arms if arm_kind(arm) not in ("tuned", "checkpoint"))
        if not untrained:
            raise FtsdkError(
                f"{self.plan.name} has no untrained arm, and nothing was trained yet", help="`ft apply` it"
            )
        return evaluation.model_copy(update={"arms": untrained})

    def _look(self, evaluation: Evaluation, test: Dataset) -> int:
        """Which look at this test set this is; raises PolicyDenied when the spec allows no more."""
        looks = look(self._artefacts, test.sha256, self._occasion, evaluation.max_looks)
        if looks is None:
            raise PolicyDenied(
                f"{evaluation.dataset} has decided {evaluation.max_looks} times, and evaluation.max_looks allows no "
                "more; nothing was asked",
                help="collect new held-out rows: a test set that is looked at often becomes a training set",
            )
        return looks

    def _arms(self, evaluation: Evaluation) -> tuple[Arm, ...]:
        return build_arms(
            evaluation,
            self.plan.order.system_prompt,
            self._train_rows(),
            self.plan.order.model,
            self._result.model if self._result else "",
            self.plan.spec.spec.method.seed,
            self._files.text,
            self._alias_arm,
            partial(checkpoint_model, self._result) if self._result else None,
        )

    def _train_rows(self) -> Sequence[Row]:
        return self._files.examples()[: self.plan.train_rows]

    def _alias_arm(self, alias: str) -> Arm:
        name = alias if "@" in alias else f"{self.plan.name}@{alias}"
        return alias_arm(read_alias(name, self._artefacts.get))

    def _recorded(
        self, evaluation: Evaluation, arms: Sequence[Arm], rows: Sequence[Row]
    ) -> dict[str, dict[str, Answer]]:
        return {
            arm.name: read_recorded(self._files.text(wanted.recorded), wanted.recorded, rows)
            for arm, wanted in zip(arms, evaluation.arms, strict=True)
            if isinstance(wanted, RecordedArm)
        }

    def _labels(self, evaluation: Evaluation) -> dict[str, Labels]:
        return {
            metric.name: read_labels(self._files.text(metric.labels), metric.labels)
            for metric in evaluation.metrics
            if isinstance(metric, JudgeMetric) and metric.labels is not None
        }

    def _outside(self, tell: Tell, batch: Waits | None) -> Outside:
        return Outside(
            client_of=self._client_of,
            journal_of=self._journal_path,
            judge_journal=self._journal("judges"),
            cost_of=self._cost_of,
            read_text=self._files.text,
            tell=tell,
            batch=batch,
        )

    def _client_of(self, connection: str | None, model: str) -> InferenceClient:
        own = connection is None or connection == self.plan.spec.spec.connection
        return (self.provider if own else self._surroundings.provider_of(connection or "")).inference(model)

    def _cost_of(self, connection: str | None, model: str) -> CallCost | None:
        name = connection or self.plan.spec.spec.connection
        tuned = self._result is not None and model in _models(self._result)
        prices = self._surroundings.prices_of(name, self.plan.order.model if tuned else model)
        return cost_at(prices.tuned_calls if tuned else prices.calls)

    def _journal_path(self, arm: Arm) -> Path:
        """Answers are kept by what the model is, not by its name: a tuned model by the hash of its weights."""
        tuned = self._result is not None and arm.model == self._result.model
        identity = self._result.sha256[:16] if tuned and self._result else arm.model.replace("/", "_")
        if arm.connection is not None and arm.connection != self.plan.spec.spec.connection:
            identity = f"{arm.connection}_{identity}"
        return self._journal(identity)

    def _journal(self, name: str) -> Path:
        key = f"answers/{self.plan.name}/{name}.jsonl"
        self._journals.add(key)
        return self._artefacts.fetch(key)


def _models(result: JobResult) -> set[str]:
    """The tuned model and its earlier states."""
    return {result.model, *(state.model for state in result.checkpoints)}
