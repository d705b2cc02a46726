"""The world that a run's phases see, wired to a provider, the artefacts and the rooms above."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from ftsdk.data.value import Dataset, Row
from ftsdk.errors import FtsdkError
from ftsdk.evals import Journal, answer_rows, build_arms, build_graders, compare_arms, sample_rows, suite_result
from ftsdk.evals.value import Arm, Comparison
from ftsdk.plan import with_attempt
from ftsdk.plan.value import Plan
from ftsdk.providers.base import JobResult, Provider
from ftsdk.providers.inference import Answer, Params
from ftsdk.registry import Resolved
from ftsdk.runs.agreements import Agreements
from ftsdk.runs.artefacts import Artefacts
from ftsdk.runs.comparisons import keep_comparison, read_comparison
from ftsdk.runs.inputs import Inputs
from ftsdk.runs.promotion import promote_once
from ftsdk.runs.reconcile import Leased
from ftsdk.runs.transition import Act, Agreement, TakeBack
from ftsdk.spec.model import Evaluation

TELL_SECONDS = 1.0

Answers = dict[str, dict[str, Answer]]


class ProviderWorld:
    """A `World` for one run under this process's lease."""

    def __init__(
        self,
        leased: Leased,
        plan: Plan,
        provider: Provider,
        artefacts: Artefacts,
        agreements: Agreements,
        poll_seconds: float,
    ) -> None:
        self.plan = with_attempt(plan, int(leased.row.data.get("lost_jobs", 0)))
        self.provider = provider
        self.poll_seconds = poll_seconds
        self._leased = leased
        self._artefacts = artefacts
        self._agreements = agreements
        self._inputs = Inputs(leased.row.data["inputs"], artefacts)

    def effect(self, key: str, act: Act, take_back: TakeBack | None = None) -> dict[str, Any] | None:
        """Do ``act`` once under ``key``, with its intent written first."""
        return self._leased.effect(key, act, take_back)

    def audit(self, action: str, body: dict[str, Any]) -> None:
        """Write down something that was done outside."""
        self._leased.audit(action, body)

    def moved(self) -> str | None:
        """What an approval rested on and has changed since."""
        return self._agreements.moved(self.plan)

    def agreement(self) -> Agreement:
        """Whether the people who must agree to the promotion did."""
        return self._agreements.promotion(self.plan, self._leased.row)

    # -- evaluation ---------------------------------------------------------------------------------------------

    def evaluate(self, result: JobResult) -> Comparison:
        """Answer the held-out rows and the suites under every arm, then compare; answers already kept are reused."""
        evaluation = self._evaluation()
        test = self._inputs.dataset(evaluation.dataset)
        rows = sample_rows(test.rows, evaluation.max_rows, self.plan.spec.spec.method.seed)
        suites = {suite.name: self._inputs.dataset(suite.dataset).rows for suite in evaluation.suites}
        arms = self._arms(evaluation, result)
        graders = build_graders(evaluation.metrics, self._inputs.text)
        answers = asyncio.run(self._answer(arms, _keyed(rows, suites), evaluation, result))
        return compare_arms(
            self.plan.name,
            arms,
            _answers_of(answers, "", rows),
            rows,
            graders,
            gates=self.plan.spec.spec.gates,
            sampled_from=len(test.rows),
            held_out=self.plan.leak is not None and self.plan.leak.held_out,
            suites=[
                suite_result(name, arms, _answers_of(answers, name, of), of, graders) for name, of in suites.items()
            ],
        )

    def _evaluation(self) -> Evaluation:
        evaluation = self.plan.spec.spec.evaluation
        if evaluation is None:
            raise FtsdkError(f"{self.plan.name} declares no evaluation", help="add spec.evaluation and apply again")
        return evaluation

    def _arms(self, evaluation: Evaluation, result: JobResult) -> tuple[Arm, ...]:
        train: Dataset = self._inputs.dataset(self.plan.spec.spec.dataset.train)
        return build_arms(
            evaluation,
            self.plan.order.system_prompt,
            train.rows[: self.plan.train_rows],
            self.plan.order.model,
            result.model,
            self.plan.spec.spec.method.seed,
            self._inputs.text,
        )

    async def _answer(
        self, arms: Sequence[Arm], rows: Sequence[Row], evaluation: Evaluation, result: JobResult
    ) -> Answers:
        """Answers by arm name, then row id; one client a model at a time, so that one model is in memory."""
        params = Params(max_tokens=evaluation.max_tokens)
        answers: Answers = {}
        for model, of_model in groupby(sorted(arms, key=lambda arm: arm.model), key=lambda arm: arm.model):
            with Journal(self._journal_path(model, result)) as journal:
                async with self.provider.inference(model) as client:
                    for arm in of_model:
                        tell = self._teller(arm.name, len(rows))
                        answers[arm.name] = await answer_rows(arm, rows, client, params, journal, tell)
        return answers

    def _journal_path(self, model: str, result: JobResult) -> Path:
        """Answers are kept by what the model is, not by its name: a tuned model by the hash of its weights."""
        identity = result.sha256[:16] if model == result.model else model.replace("/", "_")
        return self._artefacts.path(f"answers/{self.plan.name}/{identity}.jsonl")

    def _teller(self, arm: str, total: int) -> Callable[[Row, Answer], None]:
        done, told = 0, 0.0

        def tell(_row: Row, _answer: Answer) -> None:
            nonlocal done, told
            done += 1
            if done == total or time.monotonic() - told >= TELL_SECONDS:
                told = time.monotonic()
                self._leased.tell(
                    "progress", f"{arm}: {done} of {total} rows", {"arm": arm, "done": done, "total": total}
                )

        return tell

    # -- comparison and alias -----------------------------------------------------------------------------------

    def keep(self, comparison: Comparison) -> str:
        """Store a comparison; returns its key."""
        return keep_comparison(self._artefacts, self._leased.row.id, comparison)

    def kept(self, key: str) -> Comparison:
        """A stored comparison."""
        return read_comparison(self._artefacts, key)

    def promote(self, alias: str) -> Resolved:
        """Move the spec's alias to this run's model; the same run moves it once."""
        return promote_once(self.effect, self._leased.store, self._artefacts, self._leased.row, self.plan, alias)


def _keyed(rows: Sequence[Row], suites: Mapping[str, Sequence[Row]]) -> list[Row]:
    """All rows in one list, so that they are answered in full batches; ids carry their suite."""
    keyed = [row.model_copy(update={"id": f"/{row.id}"}) for row in rows]
    for name, of_suite in suites.items():
        keyed += [row.model_copy(update={"id": f"{name}/{row.id}"}) for row in of_suite]
    return keyed


def _answers_of(answers: Answers, suite: str, rows: Sequence[Row]) -> Answers:
    return {arm: {row.id: of_arm[f"{suite}/{row.id}"] for row in rows} for arm, of_arm in answers.items()}
