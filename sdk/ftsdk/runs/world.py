"""The world that a run's phases see, wired to a provider, the artefacts and the rooms above."""

from __future__ import annotations

import time
from typing import Any

from ftsdk.evals.serving import Proof
from ftsdk.evals.value import Comparison
from ftsdk.plan import with_attempt
from ftsdk.plan.value import Plan
from ftsdk.providers.base import JobResult, Provider
from ftsdk.registry import Resolved
from ftsdk.runs.agreements import Agreements
from ftsdk.runs.artefacts import Artefacts
from ftsdk.runs.comparisons import keep_comparison, read_comparison
from ftsdk.runs.evaluating import Evaluating, Surroundings
from ftsdk.runs.inputs import Inputs
from ftsdk.runs.promotion import promote_once, prove_run
from ftsdk.runs.reconcile import Leased
from ftsdk.runs.steps import metrics_of
from ftsdk.runs.transition import Act, Agreement, TakeBack

TELL_SECONDS = 1.0
BEFORE_A_JOB = frozenset({"check", "upload", "create", "converge"})


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
        surroundings: Surroundings,
    ) -> None:
        self.plan = with_attempt(plan, int(leased.row.data.get("lost_jobs", 0)))
        self.provider = provider
        self.poll_seconds = poll_seconds
        self._leased = leased
        self._artefacts = artefacts
        self._agreements = agreements
        self._surroundings = surroundings
        self._told = 0.0
        self._inputs = Inputs(leased.row.data["inputs"], artefacts, self.plan.spec)

    def effect(self, key: str, act: Act, take_back: TakeBack | None = None) -> dict[str, Any] | None:
        """Do ``act`` once under ``key``, with its intent written first."""
        return self._leased.effect(key, act, take_back)

    def record(self, key: str, result: dict[str, Any]) -> None:
        """Replace what is recorded of an effect."""
        self._leased.record(key, result)

    def audit(self, action: str, body: dict[str, Any]) -> None:
        """Write down something that was done outside."""
        self._leased.audit(action, body)

    def moved(self) -> str | None:
        """What an approval rested on and has changed since."""
        return self._agreements.moved(self.plan)

    def agreement(self) -> Agreement:
        """Whether the people who must agree to the promotion did."""
        return self._agreements.promotion(self.plan, self._leased.row)

    def rows_wanted_by(self) -> str | None:
        """Another run that has sent, or is about to send, the same rows and has no job yet."""
        store, ours = self._leased.store, {file.sha256 for file in self.plan.order.files}
        early = (row.id for row in store.runs() if row.id != self._leased.row.id and row.phase in BEFORE_A_JOB)
        return next((run for run in early if ours & {file.sha256 for file in store.plan(run).order.files}), None)

    # -- evaluation ---------------------------------------------------------------------------------------------

    def evaluate(self, result: JobResult) -> Comparison:
        """Answer the held-out rows and the suites under every arm, then compare; answers already kept are reused."""
        return self._evaluating(result).compare(self._tell)

    def _evaluating(self, result: JobResult) -> Evaluating:
        return Evaluating(
            self.plan, self.provider, self._artefacts, self._inputs, self._surroundings, result, self._leased.row.id
        )

    def _tell(self, arm: str, done: int, total: int, _usd: float) -> None:
        now = time.monotonic()
        if done == total or now - self._told >= TELL_SECONDS:
            self._told = now
            self._leased.tell("progress", f"{arm}: {done} of {total} rows", {"arm": arm, "done": done, "total": total})

    def keep_metrics(self) -> None:
        """Store every step of the training, a line a step."""
        steps = metrics_of(self._leased.store.events(self._leased.row.id))
        lines = "".join(f"{step.model_dump_json()}\n" for step in steps)
        self._artefacts.put(f"runs/{self._leased.row.id}/metrics.jsonl", lines.encode())

    # -- comparison and alias -----------------------------------------------------------------------------------

    def keep(self, comparison: Comparison) -> str:
        """Store a comparison; returns its key."""
        return keep_comparison(self._artefacts, self._leased.row.id, comparison)

    def kept(self, key: str) -> Comparison:
        """A stored comparison."""
        return read_comparison(self._artefacts, key)

    def prove_serving(self) -> Proof:
        """Ask the served model a sample of what was evaluated."""
        return prove_run(self._leased.row, self.plan, self.provider, self._artefacts, self._surroundings)

    def promote(self, alias: str) -> Resolved:
        """Move the spec's alias to this run's model; the same run moves it once."""
        return promote_once(self.effect, self._leased.store, self._artefacts, self._leased.row, self.plan, alias)
