"""The façade: a directory with ftsdk.yaml; wires the store, the providers and the rooms together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from ftsdk.errors import ProviderError, UsageError
from ftsdk.opened import Opened
from ftsdk.plan import months
from ftsdk.plan.value import Plan
from ftsdk.providers.base import Paced
from ftsdk.providers.inference import Answer
from ftsdk.registry import Resolved, read_alias, split_alias
from ftsdk.spec import Checked, SpecFile, examine, find_specs
from ftsdk.spec import load as load_spec
from ftsdk.spec.named import find_spec, root_of

if TYPE_CHECKING:
    from ftsdk.advise.facts import Facts
    from ftsdk.advise.probe import Probe, ProbePlan
    from ftsdk.calling import MessagesLike
    from ftsdk.costs import RunCost
    from ftsdk.evals.serving import Proof
    from ftsdk.evals.value import Comparison
    from ftsdk.plan.snapshot import Last, Snapshot
    from ftsdk.planning import Planning
    from ftsdk.registry.radar import Life
    from ftsdk.runs.budgets import Budget
    from ftsdk.runs.challenge import Challenge
    from ftsdk.runs.challenges import Challenged
    from ftsdk.runs.evaluating import Surroundings
    from ftsdk.runs.reconcile import Leased
    from ftsdk.runs.run import Run
    from ftsdk.runs.sweep import Orphan
    from ftsdk.runs.transition import Agreement
    from ftsdk.runs.value import Phase, RunRow
    from ftsdk.runs.watching import Watcher
    from ftsdk.runs.worker import Worker
    from ftsdk.runs.world import ProviderWorld


def open(path: str | Path = ".") -> Workspace:
    """The workspace at ``path`` or above it; raises UsageError when there is no ftsdk.yaml."""
    return Workspace(root_of(path))


class Workspace(Opened):
    """A directory with ftsdk.yaml.

    ``providers`` replaces connections by name, for tests and third parties; ``poll_seconds`` is how long to wait
    between two looks at a job; ``project`` stands in for ftsdk.yaml, for example as the default branch has it.
    """

    # -- specs and plans ----------------------------------------------------------------------------------------

    def specs(self) -> tuple[Path, ...]:
        """Every file of the project that is, or was meant to be, a FineTune spec."""
        return tuple(path for path, checked in self._checked() if checked.ours and checked.kind == "FineTune")

    def _checked(self) -> Iterator[tuple[Path, Checked]]:
        for path in find_specs(self.project_file):
            if isinstance(path, Path):
                yield path, examine(path, self.project_file)

    def load(self, spec: str | Path) -> SpecFile:
        """A spec by path, or by its name; raises SpecError with every finding."""
        return load_spec(find_spec(spec, self.root, self._checked()), root=self.root, project=self.project_file)

    def files_of(self, spec: str | Path) -> tuple[Path, ...]:
        """A spec and every file of the project that it names; raises SpecError with every finding."""
        from ftsdk.rows import files_of

        return files_of(self.load(spec))

    @cached_property
    def planning(self) -> Planning:
        """What observes the world and plans from what it saw."""
        from ftsdk.observing import Sources
        from ftsdk.planning import Planning

        return Planning(Sources(self.project_file, self.provider, lambda: self.store, lambda: self.artefacts))

    def observe(self, specs: Iterable[str | Path] | None = None) -> Snapshot:
        """A dated snapshot of what plans depend on: models, prices, state; of all specs, or of some. Spends nothing."""
        chosen = self.specs() if specs is None else specs
        return self.planning.observer.observe([self.load(spec) for spec in chosen])

    def plan(self, spec: str | Path, snapshot: Snapshot | None = None) -> Plan:
        """What applying a spec would do: reads, counts, prices; spends nothing.

        From a ``snapshot`` it is a pure function of the files; without one the world is looked at now. Raises SpecError
        with every finding of the spec and its data, ModelMissing when the model is not at hand.
        """
        return self.plan_file(self.load(spec), snapshot)

    def plan_file(self, spec_file: SpecFile, snapshot: Snapshot | None = None, before: Last | None = None) -> Plan:
        """`plan`, of a spec that was loaded; ``before`` is what to compare it with where no run of it is known."""
        return self.planning.plan(spec_file, snapshot, before)

    def costs(self) -> tuple[RunCost, ...]:
        """What every run cost, against its estimate; newest first."""
        from ftsdk.costs import run_costs

        return run_costs(self.store, self.project)

    # -- runs ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan | str | Path, *, actor: str | None = None) -> Run:
        """Start (or find) the run of a plan or spec and return at once; watching, waiting or a worker drives it.

        ``actor`` is who asks (``slack:T/U``, ``github:login``); this machine's user when absent. Raises PlanStale when
        the spec or its files changed since ``plan`` was made, SpecError when the plan has errors, StateLocked when a
        run of the same spec is live with another plan, ApprovalNeeded when people must agree first and did not yet,
        BudgetStop when the team's money does not reach.
        """
        from ftsdk.applying import start
        from ftsdk.runs.people import this_actor

        saved = plan if isinstance(plan, Plan) else None
        spec_file = self.load(self.root / plan.spec_path if isinstance(plan, Plan) else plan)
        fresh, asks = self.plan_file(spec_file), actor or this_actor()
        run = start(spec_file, saved, fresh, self.project, self.store, self.artefacts, self._agreements, asks)
        return self.run(run)

    def budgets(self, now: datetime | None = None) -> tuple[Budget, ...]:
        """Where every team stands in its month, all teams together last; ``now`` is aware, the clock's when absent."""
        from ftsdk.runs.budgets import budget

        found = months(self.project, now or datetime.now(UTC))
        return tuple(budget(self.database, team, month, limit) for team, month, limit in found)

    def retry(self, run: str, phase: Phase, *, actor: str | None = None) -> Run:
        """Set a failed or cancelled run going again at ``phase``; everything before it is kept.

        Raises UsageError when it has not failed or never came as far, StateLocked when another run of the spec is
        live, BudgetStop when the team's money does not reach.
        """
        from ftsdk.applying import money_held
        from ftsdk.runs.people import this_actor

        _team, money = money_held(self.store.plan(run), self.project)
        self.store.retry(run, phase, actor=actor or this_actor(), holds=money)
        return self.run(run)

    def run(self, run: str) -> Run:
        """A run by id; raises UsageError when there is none."""
        from ftsdk.runs.run import Run

        self.store.run(run)
        return Run(self.store, self.artefacts, run, self._world_of)

    def runs(self, name: str | None = None) -> tuple[Run, ...]:
        """All runs, newest first; of one spec when ``name`` is given."""
        return tuple(self.run(row.id) for row in self.store.runs(name))

    def worker(
        self,
        *,
        kind: str = "worker",
        threads: int = 4,
        say: Callable[[str], None],
        watchers: Sequence[Watcher] = (),
    ) -> Worker:
        """What drives every run of this workspace; any number of them may work beside each other.

        ``watchers`` are told of every step and of every call of a provider, for metrics and logs.
        """
        from ftsdk.runs.worker import Worker

        def challenge() -> None:
            for one in self.challenge_due():
                say(f"{one.alias}: {one.sentence}")

        duties = {"challenges": ("%Y-%m-%dT%H", challenge)} if self.project.spec.challenge else {}
        return Worker(self.store, self._world_of, kind=kind, threads=threads, duties=duties, say=say, watchers=watchers)

    def _world_of(self, row: RunRow, leased: Leased) -> ProviderWorld:
        from ftsdk.planning import with_training_file
        from ftsdk.runs.pace import wait_turn
        from ftsdk.runs.world import ProviderWorld

        plan = self.store.plan(row.id)
        connection = plan.spec.spec.connection
        provider = self.provider(connection)
        if row.phase == "upload":
            plan = with_training_file(plan, self.artefacts)
        if isinstance(provider, Paced):
            wait_turn(self.database, connection, row.phase, provider.requests_per_minute)
        surroundings = self._surroundings()
        return ProviderWorld(leased, plan, provider, self.artefacts, self._agreements, self.poll_seconds, surroundings)

    def _surroundings(self) -> Surroundings:
        from ftsdk.prices import prices_at
        from ftsdk.runs.evaluating import Surroundings

        prices = partial(prices_at, self.project)
        return Surroundings(self.provider, prices, self.project.spec.policy.python_graders)

    def is_local(self, connection: str) -> bool:
        """Whether answers of a connection cost only this machine's time."""
        declared = self.project.spec.connections.get(connection)
        return declared is None or declared.type in ("local", "ray")

    def orphans(self, connection: str | None = None) -> tuple[tuple[Orphan, ...], tuple[str, ...]]:
        """What accounts hold under this project's mark and no live run owns, and the connections that cannot tell.

        Raises UsageError for a connection that is not declared, ProviderError when one does not answer.
        """
        from ftsdk.runs.sweep import orphans_of

        names = sorted(self.project.spec.connections) if connection is None else [connection]
        return orphans_of(names, self.provider, self.store, self.project.name, self._serving(), all_=connection is None)

    def remove_orphan(self, orphan: Orphan, *, actor: str | None = None) -> bool:
        """Take one orphan away, written down in the audit first; False when a run has come to own it since."""
        from ftsdk.runs.people import this_actor
        from ftsdk.runs.sweep import remove

        return remove(self.store, self.provider(orphan.connection), orphan, self._serving(), actor or this_actor())

    def _serving(self) -> set[str]:
        """The models that aliases stand for."""
        return {Resolved.model_validate_json(self.store.alias(alias) or "").model for alias in self.store.aliases()}

    # -- aliases ------------------------------------------------------------------------------------------------

    def promote(self, run: Run | str, alias: str, *, actor: str | None = None) -> Resolved:
        """Point ``spec@alias`` at a finished run's model, by hand; the gates are shown but do not stop a person.

        What is served must answer a sample as it was evaluated. Raises GateFailed when it does not, NoVerdict when
        nothing was evaluated, ProviderError when it cannot be asked, UsageError when the run has no tuned model.
        """
        from ftsdk.runs.people import this_actor
        from ftsdk.runs.promotion import promote_by_hand, prove_run

        def proof(row: RunRow, plan: Plan) -> Proof:
            provider = self.provider(plan.spec.spec.connection)
            return prove_run(row, plan, provider, self.artefacts, self._surroundings())

        run_id = run if isinstance(run, str) else run.id
        return promote_by_hand(self.store, self.artefacts, run_id, alias, actor or this_actor(), proof)

    def agree_to_promote(self, run: str) -> Agreement:
        """Whether those who must agree to a run's promotion did; asks them when nobody has yet."""
        return self._agreements.promotion(self.store.plan(run), self.store.run(run))

    def turn_down(self, run: str, reason: str, *, actor: str | None = None) -> None:
        """Keep in the audit that somebody turned a run's model down; no alias moves. UsageError for no such run."""
        from ftsdk.runs import audit
        from ftsdk.runs.people import this_actor

        row = self.store.run(run)
        with self.database.begin() as connection:
            audit.append(connection, self.database, actor or this_actor(), "model.rejected", row.id, {"reason": reason})

    def rollback(self, alias: str, *, to: int | None = None, actor: str | None = None) -> Resolved:
        """Point an alias back at the model it had before (or at version ``to``), as a new version.

        Raises UsageError when there is no such version.
        """
        from ftsdk.runs.people import this_actor
        from ftsdk.runs.promotion import roll_back

        split_alias(alias)
        return roll_back(self.store, self.artefacts, alias, actor or this_actor(), to)

    def aliases(self) -> tuple[Resolved, ...]:
        """What every alias of this workspace stands for, by name."""
        return tuple(Resolved.model_validate_json(self.store.alias(name) or "") for name in self.store.aliases())

    def radar(self) -> tuple[Life, ...]:
        """How many days the model of every alias has left, the shortest first."""
        from ftsdk.registry.radar import radar

        connections = self.project.spec.connections
        today = datetime.now(UTC).date()
        return radar(
            self.aliases(), lambda name: connections[name].type if name in connections else "", self._retires, today
        )

    def _retires(self, resolved: Resolved) -> date | None:
        """What the provider itself says; one that does not answer says nothing."""
        try:
            return self.provider(resolved.connection).capabilities(resolved.base_model).retires
        except (ProviderError, UsageError):
            return None

    def ancestors(self, base: str) -> tuple[Path, ...]:
        """The training files that a tuned model has learnt from: of ``run:ID``, ``alias:NAME`` or ``model:ID``."""
        from ftsdk.lineage import ancestor_files

        return ancestor_files(base, self.store, self.artefacts)

    def challenge(
        self, alias: str, connection: str, model: str, *, prompt: str | None = None, max_usd: float | None = None
    ) -> Challenge:
        """Whether an untrained model may take an alias's place, on the rows that the alias was proved on.

        The tuned answers are those of the comparison. Raises UsageError when the alias rests on no comparison,
        BudgetStop before ``max_usd`` is passed.
        """
        from ftsdk.proving import challenge_alias

        resolved = self.resolve(alias)
        return challenge_alias(
            resolved, connection, model, prompt, max_usd, self.store, self.artefacts, self.provider, self.is_local
        )

    def challenge_due(self) -> Iterator[Challenged]:
        """Ask every challenge that is due by `challenge` of ftsdk.yaml or because an alias's model ends soon.

        Raises UsageError where ftsdk.yaml has no `challenge`.
        """
        from ftsdk.runs.challenges import Due, ask_due, due, schedule_of

        rule = schedule_of(self.project)

        def ask(one: Due) -> Challenge:
            return self.challenge(one.alias, one.connection, one.model, prompt=one.prompt, max_usd=float(rule.max_usd))

        wanted = list(due(rule, self.aliases(), self.radar(), self.artefacts, datetime.now(UTC)))
        yield from ask_due(wanted, self.artefacts, ask, lambda: datetime.now(UTC))

    def evaluate(
        self,
        spec: str | Path,
        *,
        max_usd: float | None = None,
        batch: bool = False,
        tell: Callable[[str, int, int, float], None] | None = None,
    ) -> Comparison:
        """Evaluate a spec as it stands now, with the newest model that was trained by it; kept answers cost nothing.

        Without one the untrained arms are compared. With ``batch`` services that take batches are asked by batch, at
        half the price; that may take a day, and started again it waits for the batch that is under way. Moves no alias
        and passes no gate. Raises SpecError with every finding, PolicyDenied when the test set is closed, BudgetStop
        before ``max_usd`` is passed.
        """
        from ftsdk.applying import refuse_errors
        from ftsdk.proving import evaluate_spec

        spec_file = self.load(spec)
        plan = self.plan_file(spec_file)
        refuse_errors(plan)
        provider = self.provider(plan.spec.spec.connection)
        return evaluate_spec(
            spec_file, plan, provider, self.store, self.artefacts, self._surroundings(), max_usd, tell, batch
        )

    def probe(self, spec: str | Path, *, rows: int = 48, documents: Sequence[str] = ()) -> ProbePlan:
        """What untrained arms on a spec's held-out rows would take, before anything is asked.

        Raises SpecError with every finding, UsageError when the spec has no evaluation.
        """
        from ftsdk.advise.probe import ProbePlan

        return ProbePlan(self.load(spec), rows=rows, documents=documents)

    def run_probe(self, plan: ProbePlan, facts: Facts) -> Probe:
        """Ask every arm, and turn what was measured into facts; answers that are there already are not asked again."""
        from ftsdk.advise.measure import from_spec

        spec = plan.spec_file.spec
        journal = self.artefacts.path(f"answers/{spec.metadata.name}/probe.jsonl")
        known = from_spec(facts, plan.spec_file, len(plan.examples))
        return plan.run(self.provider(spec.spec.connection), journal, known)

    def resolve(self, alias: str) -> Resolved:
        """What ``spec@alias`` stands for; raises UsageError when nothing was promoted to it."""
        return read_alias(alias, self.artefacts.get)

    def complete(self, alias: str, messages: MessagesLike) -> Answer:
        """One answer of the model behind an alias, under the prompt and parameters it was proved with."""
        return asyncio.run(self.complete_async(alias, messages))

    async def complete_async(self, alias: str, messages: MessagesLike) -> Answer:
        """`complete`, for callers that have an event loop."""
        resolved = self.resolve(alias)
        return await self._answer(resolved, resolved.model, messages)

    def complete_base(self, alias: str, messages: MessagesLike) -> Answer:
        """What the untrained model says to the same prompt; shows what the training gained."""
        resolved = self.resolve(alias)
        return asyncio.run(self._answer(resolved, resolved.base_model, messages))

    async def _answer(self, resolved: Resolved, model: str, messages: MessagesLike) -> Answer:
        from ftsdk.calling import call

        return await call(self.provider(resolved.connection), resolved, model, messages)


def complete(alias: str, messages: MessagesLike) -> Answer:
    """One answer of the model behind an alias, in the workspace around the working directory."""
    split_alias(alias)
    return open().complete(alias, messages)
