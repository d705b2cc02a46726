"""The façade: a directory with ftsdk.yaml; wires the store, the providers and the rooms together."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ftsdk.catalogue import find_model
from ftsdk.data import load, training_file
from ftsdk.data.value import Dataset, Message
from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import PlanStale, ProviderError, SpecError, UsageError
from ftsdk.plan import (
    Hold,
    build_plan,
    holds,
    months,
    needs,
    resolve_hyperparameters,
    team_of,
    training_rows,
    with_attempt,
)
from ftsdk.plan.findings import file_findings
from ftsdk.plan.value import Plan
from ftsdk.providers.base import Estimator, FileRef, Paced, Provider, Resumable, Sweeper, TokenCounter
from ftsdk.providers.connect import connect
from ftsdk.providers.inference import Answer
from ftsdk.registry import Resolved, read_alias, split_alias
from ftsdk.spec import Checked, SpecFile, examine, find_root, find_specs, load_project
from ftsdk.spec import load as load_spec
from ftsdk.spec.suggest import did_you_mean
from ftsdk.trainers.contract import Hyperparameters

if TYPE_CHECKING:
    from ftsdk.evals.value import Comparison
    from ftsdk.registry.radar import Life
    from ftsdk.runs.agreements import Agreements
    from ftsdk.runs.approvals import Approvals
    from ftsdk.runs.artefacts import Artefacts
    from ftsdk.runs.budgets import Budget
    from ftsdk.runs.challenge import Challenge
    from ftsdk.runs.database import Database
    from ftsdk.runs.people import People
    from ftsdk.runs.reconcile import Leased
    from ftsdk.runs.run import Run
    from ftsdk.runs.store import Store
    from ftsdk.runs.sweep import Orphan
    from ftsdk.runs.value import Phase, RunRow
    from ftsdk.runs.worker import Worker
    from ftsdk.runs.world import ProviderWorld

MessagesLike = str | Sequence[Message | Mapping[str, str]]


def open(path: str | Path = ".") -> Workspace:
    """The workspace at ``path`` or above it; raises UsageError when there is no ftsdk.yaml."""
    start = Path(path).resolve()
    root = find_root(start)
    if root is None:
        raise UsageError(
            f"there is no ftsdk.yaml in {start} or above it",
            help="make one at the root of the repository: `apiVersion: ftsdk/v1` and `kind: Project`",
        )
    return Workspace(root)


class Workspace:
    """A directory with ftsdk.yaml.

    ``providers`` replaces connections by name, for tests and third parties; ``poll_seconds`` is how long to wait
    between two looks at a job.
    """

    def __init__(
        self, root: Path, *, providers: Mapping[str, Provider] | None = None, poll_seconds: float = 1.0
    ) -> None:
        self.root = root
        self.poll_seconds = poll_seconds
        self.project_file = load_project(root, os.environ)
        self.project = self.project_file.project
        self._providers: dict[str, Provider] = dict(providers or {})

    @cached_property
    def database(self) -> Database:
        """The database of the store; opened, and migrated, when first needed."""
        from ftsdk.runs.database import Database

        return Database(self.project.spec.store.url, self.root)

    @cached_property
    def store(self) -> Store:
        """The rows of runs."""
        from ftsdk.runs.store import Store

        return Store(self.database)

    @cached_property
    def approvals(self) -> Approvals:
        """Who agreed to what."""
        from ftsdk.runs.approvals import Approvals

        return Approvals(self.database, self.people)

    @cached_property
    def people(self) -> People:
        """Who is who in this project; the machine's user is somebody only in a local store whose policy allows it."""
        from ftsdk.runs.people import People

        body = self.project.spec
        local = body.policy.local_identity and self.database.dialect == "sqlite"
        return People(body.people, body.groups, local_identity=local)

    @cached_property
    def _agreements(self) -> Agreements:
        from ftsdk.runs.agreements import Agreements

        return Agreements(
            self.approvals,
            lambda plan: needs(plan, self.project),
            lambda path: self.plan(self.root / path).digest,
        )

    @cached_property
    def artefacts(self) -> Artefacts:
        """The files that runs leave."""
        from ftsdk.runs.artefacts import Artefacts

        return Artefacts(self.project.spec.store.artefacts, self.root)

    def provider(self, connection: str) -> Provider:
        """The provider behind a connection of ftsdk.yaml; raises UsageError when there is no such connection."""
        if connection not in self._providers:
            declared = self.project.spec.connections
            if connection not in declared:
                raise UsageError(
                    f"no connection {connection!r} in ftsdk.yaml", help=f"declared there: {', '.join(sorted(declared))}"
                )
            self._providers[connection] = connect(connection, declared[connection], self.root)
        return self._providers[connection]

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
        return load_spec(self._spec_path(spec), root=self.root, project=self.project_file)

    def _spec_path(self, spec: str | Path) -> Path:
        path = Path(spec)
        if path.suffix in (".yaml", ".yml") or path.is_file():
            return path if path.is_absolute() or path.exists() else self.root / path
        names: list[str] = []
        for candidate, checked in self._checked():
            name = checked.document.get("metadata", "name") if checked.document is not None else None
            if name == str(spec):
                return candidate
            names += [name] if isinstance(name, str) else []
        if path.exists():
            return path  # a directory; reading it says so
        known = did_you_mean(str(spec), names, "specs here") if names else "`ft init` writes one"
        raise UsageError(f"no spec file and no spec called {str(spec)!r} below {self.root}", help=known)

    def plan(self, spec: str | Path) -> Plan:
        """What applying a spec would do: reads, counts, prices; spends nothing.

        Raises SpecError with every finding of the spec and its data, ModelMissing when the model is not at hand.
        """
        return self._plan(self.load(spec))[0]

    def _plan(self, spec_file: SpecFile) -> tuple[Plan, bytes]:
        """The plan, and the training file that its order names by content."""
        spec_file.require_acted_on()
        body = spec_file.spec.spec
        train = _rows(spec_file, body.dataset.train)
        rows = training_rows(spec_file.spec, train)
        test = _rows(spec_file, body.evaluation.dataset) if body.evaluation else None
        validation = _rows(spec_file, body.dataset.validation) if body.dataset.validation else None
        declared = body.evaluation.suites if body.evaluation else ()
        suites = {suite.name: _rows(spec_file, suite.dataset) for suite in declared}
        provider = self.provider(body.connection)
        content = training_file(rows, spec_file.system_prompt)
        digest = hashlib.sha256(content).hexdigest()
        plan = build_plan(
            spec_file,
            train,
            test,
            suites,
            capabilities=provider.capabilities(body.model),
            hyperparameters=resolve_hyperparameters(body.method, find_model(body.model), place=spec_file.place),
            count_tokens=_token_counter(provider, body.model),
            seconds_for=provider.estimate_seconds if isinstance(provider, Estimator) else _unknown_seconds,
            known=self._known(),
            validation=validation,
            findings=(
                *file_findings(spec_file, _sha256),
                *_expected_answers(spec_file, test, suites, self.project.spec.policy.python_graders),
            ),
            policy=self.project.spec.policy,
            project=self.project.name,
            train_file=FileRef(path=str(self._training_path(digest)), sha256=digest, rows=len(rows)),
        )
        return self._next_attempt(plan, provider), content

    def _training_path(self, digest: str) -> Path:
        return self.artefacts.path(f"datasets/sha256/{digest}.jsonl")

    def _known(self) -> dict[str, str]:
        """Fingerprints that were trained, with the newest run that did."""
        return {row.fingerprint: row.id for row in reversed(self.store.runs()) if "result" in row.data}

    def _next_attempt(self, plan: Plan, provider: Provider) -> Plan:
        """A new operation key after a job was seen to fail, where the provider cannot go on with that job."""
        if isinstance(provider, Resumable):
            return plan
        rows = self.store.runs(plan.name)
        lost = sum(
            int(row.data.get("lost_jobs", 0)) + bool(row.data.get("job_failed"))
            for row in rows
            if row.fingerprint == plan.fingerprint
        )
        return with_attempt(plan, lost)

    # -- runs ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan | str | Path, *, actor: str | None = None) -> Run:
        """Start (or find) the run of a plan or spec and return at once; watching, waiting or a worker drives it.

        ``actor`` is who asks (``slack:T/U``, ``github:login``); this machine's user when absent. Raises PlanStale when
        the spec or its files changed since ``plan`` was made, SpecError when the plan has errors, StateLocked when a
        run of the same spec is live with another plan, ApprovalNeeded when people must agree first and did not yet,
        BudgetStop when the team's money does not reach.
        """
        from ftsdk.runs.inputs import keep_inputs
        from ftsdk.runs.people import this_actor

        spec_file = self.load(self.root / plan.spec_path if isinstance(plan, Plan) else plan)
        fresh, content = self._plan(spec_file)
        if isinstance(plan, Plan) and plan.digest != fresh.digest:
            raise PlanStale(
                f"{spec_file.path} or a file that it names changed since it was planned; nothing was started",
                help=f"look at the new plan with `ft plan {spec_file.path}`",
            )
        _refuse_errors(fresh)
        finished = self._finished(fresh)
        if finished is not None:
            return finished
        asks = actor or this_actor()
        self._agreements.require_start(fresh, asks)
        self.artefacts.put_once("datasets", content, ".jsonl")
        inputs = {"inputs": keep_inputs(spec_file, self.artefacts)}
        team, money = self._holds(fresh)
        row, _new = self.store.add_run(fresh, inputs, requested_by=asks, team=team, holds=money)
        return self.run(row.id)

    def _holds(self, plan: Plan) -> tuple[str | None, tuple[Hold, ...]]:
        team = team_of(plan.spec, plan.spec_path, self.project)
        usd = Decimal(str(plan.usd.high))
        return team, holds(team, usd, self.project, datetime.now(UTC))

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
        from ftsdk.runs.people import this_actor

        _team, money = self._holds(self.store.plan(run))
        self.store.retry(run, phase, actor=actor or this_actor(), holds=money)
        return self.run(run)

    def _finished(self, plan: Plan) -> Run | None:
        """The run that already did all of this plan, gates and promotion included."""
        for row in self.store.runs(plan.name):
            if row.phase == "done" and row.digest == plan.digest:
                return self.run(row.id)
        return None

    def run(self, run: str) -> Run:
        """A run by id; raises UsageError when there is none."""
        from ftsdk.runs.run import Run

        self.store.run(run)
        return Run(self.store, self.artefacts, run, self._world_of)

    def runs(self, name: str | None = None) -> tuple[Run, ...]:
        """All runs, newest first; of one spec when ``name`` is given."""
        return tuple(self.run(row.id) for row in self.store.runs(name))

    def worker(self, *, kind: str = "worker", threads: int = 4, say: Callable[[str], None]) -> Worker:
        """What drives every run of this workspace; any number of them may work beside each other."""
        from ftsdk.runs.worker import Worker

        return Worker(self.store, self._world_of, kind=kind, threads=threads, say=say)

    def _world_of(self, row: RunRow, leased: Leased) -> ProviderWorld:
        from ftsdk.runs.evaluating import Surroundings
        from ftsdk.runs.pace import wait_turn
        from ftsdk.runs.world import ProviderWorld

        plan = self.store.plan(row.id)
        connection = plan.spec.spec.connection
        provider = self.provider(connection)
        if row.phase == "upload":  # the order names a file of the disk that planned it, which may be another host's
            plan = self._with_training_file(plan)
        if isinstance(provider, Paced):
            wait_turn(self.database, connection, row.phase, provider.requests_per_minute)
        surroundings = Surroundings(self.provider, self._is_local, self.project.spec.policy.python_graders)
        return ProviderWorld(leased, plan, provider, self.artefacts, self._agreements, self.poll_seconds, surroundings)

    def _is_local(self, connection: str) -> bool:
        """Whether answers of a connection cost only this machine's time."""
        declared = self.project.spec.connections.get(connection)
        return declared is None or declared.type in ("local", "ray")

    def _with_training_file(self, plan: Plan) -> Plan:
        path = self.artefacts.fetch(f"datasets/sha256/{plan.order.train.sha256}.jsonl")
        train = plan.order.train.model_copy(update={"path": str(path)})
        return plan.model_copy(update={"order": plan.order.model_copy(update={"train": train})})

    # -- what is left over ------------------------------------------------------------------------------------------

    def orphans(self, connection: str | None = None) -> tuple[tuple[Orphan, ...], tuple[str, ...]]:
        """What accounts hold under this project's mark and no live run owns, and the connections that cannot tell.

        Raises UsageError for a connection that is not declared, ProviderError when one does not answer.
        """
        from ftsdk.runs.sweep import orphans

        found: list[Orphan] = []
        silent: list[str] = []
        for name in sorted(self.project.spec.connections) if connection is None else [connection]:
            try:
                provider = self.provider(name)
            except ProviderError:
                if connection is not None:
                    raise
                silent.append(name)
                continue
            if isinstance(provider, Sweeper):
                found += orphans(self.store, name, provider, self.project.name, self._serving())
            else:
                silent.append(name)
        return tuple(found), tuple(silent)

    def remove_orphan(self, orphan: Orphan, *, actor: str | None = None) -> bool:
        """Take one orphan away, written down in the audit first; False when a run has come to own it since."""
        from ftsdk.runs.people import this_actor
        from ftsdk.runs.sweep import remove

        provider = self.provider(orphan.connection)
        if not isinstance(provider, Sweeper):
            raise UsageError(f"the connection {orphan.connection!r} cannot be swept", help="remove it by hand")
        return remove(self.store, provider, orphan, self._serving(), actor or this_actor())

    def _serving(self) -> set[str]:
        """The models that aliases stand for."""
        return {Resolved.model_validate_json(self.store.alias(alias) or "").model for alias in self.store.aliases()}

    # -- aliases ------------------------------------------------------------------------------------------------

    def promote(self, run: Run | str, alias: str, *, actor: str | None = None) -> Resolved:
        """Point ``spec@alias`` at a finished run's model, by hand; the gates are shown but do not stop a person.

        Raises UsageError when the run has no tuned model.
        """
        from ftsdk.runs.people import this_actor
        from ftsdk.runs.promotion import promote_by_hand

        run_id = run if isinstance(run, str) else run.id
        return promote_by_hand(self.store, self.artefacts, run_id, alias, actor or this_actor())

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

    def challenge(
        self, alias: str, connection: str, model: str, *, prompt: str | None = None, max_usd: float | None = None
    ) -> Challenge:
        """Whether an untrained model may take an alias's place, on the rows that the alias was proved on.

        The tuned answers are those of the comparison. Raises UsageError when the alias rests on no comparison,
        BudgetStop before ``max_usd`` is passed.
        """
        from ftsdk.evals.prices import call_cost
        from ftsdk.evals.value import Arm
        from ftsdk.runs.challenge import challenge
        from ftsdk.runs.comparisons import read_comparison
        from ftsdk.runs.inputs import Inputs

        resolved = self.resolve(alias)
        if not resolved.comparison:
            raise UsageError(f"{alias} rests on no comparison", help="evaluate it first: `ft eval`")
        row = self.store.run(resolved.run)
        arm = Arm(
            name=f"{connection}:{model}",
            kind="model",
            model=model,
            system_prompt=resolved.system_prompt if prompt is None else prompt,
            connection=connection,
        )
        tuned_local = self._is_local(resolved.connection)
        return challenge(
            resolved,
            self.store.plan(row.id),
            read_comparison(self.artefacts, resolved.comparison),
            Inputs(row.data["inputs"], self.artefacts),
            arm,
            lambda: self.provider(connection).inference(model),
            call_cost(model, local=self._is_local(connection)),
            call_cost(resolved.model, tuned_from=resolved.base_model, local=tuned_local),
            self.artefacts.path(f"answers/{row.name}/{connection}_{model.replace('/', '_')}.jsonl"),
            max_usd,
        )

    def evaluate(
        self, spec: str | Path, *, max_usd: float | None = None, tell: Callable[[str, int, int], None] | None = None
    ) -> Comparison:
        """Evaluate a spec as it stands now, with the newest model that was trained by it; kept answers cost nothing.

        Without one the untrained arms are compared. Moves no alias and passes no gate. Raises SpecError with every
        finding, PolicyDenied when the test set is closed, BudgetStop before ``max_usd`` is passed.
        """
        from ftsdk.providers.base import JobResult
        from ftsdk.runs.evaluating import Evaluating, Surroundings

        spec_file = self.load(spec)
        plan, _content = self._plan(spec_file)
        _refuse_errors(plan)
        trained = (row for row in self.store.runs(plan.name) if row.fingerprint == plan.fingerprint)
        result = next((row.data["result"] for row in trained if "result" in row.data), None)
        surroundings = Surroundings(self.provider, self._is_local, self.project.spec.policy.python_graders)
        evaluating = Evaluating(
            plan,
            self.provider(plan.spec.spec.connection),
            self.artefacts,
            _SpecFiles(spec_file),
            surroundings,
            JobResult.model_validate(result) if result else None,
            f"eval-{plan.digest[:24]}",
        )
        return evaluating.compare(tell or (lambda _arm, _done, _total: None), max_usd)

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
        chat = _chat(resolved.system_prompt, messages)
        async with self.provider(resolved.connection).inference(model) as client:
            return await client.complete(model, chat, resolved.params)

    def close(self) -> None:
        """Let go of the database."""
        if "database" in self.__dict__:
            self.database.close()


class _SpecFiles:
    """The files of a spec as they stand on disk."""

    def __init__(self, spec_file: SpecFile) -> None:
        self._spec_file = spec_file
        self.text = spec_file.text

    def dataset(self, name: str) -> Dataset:
        """Rows."""
        return _rows(self._spec_file, name)


def _rows(spec_file: SpecFile, relative: str) -> Dataset:
    """The rows of a file that the spec names, called in findings as people see it from the root."""
    path = spec_file.file(relative)
    return load(path, name=path.relative_to(spec_file.root).as_posix())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _expected_answers(
    spec_file: SpecFile, test: Dataset | None, suites: Mapping[str, Dataset], python: bool
) -> tuple[Diagnostic, ...]:
    """Held-out rows that could never be answered right, and metrics that cannot be built, told before training."""
    evaluation = spec_file.spec.spec.evaluation
    if evaluation is None or test is None:
        return ()
    from ftsdk.evals import build_graders, check_expected

    graders = build_graders(evaluation.metrics, spec_file.text, python=python)
    datasets = (test, *suites.values())
    return tuple(finding for dataset in datasets for finding in check_expected(dataset.rows, graders, dataset.path))


def _token_counter(provider: Provider, model: str) -> Callable[[Sequence[Message]], int]:
    return provider.token_counter(model) if isinstance(provider, TokenCounter) else _about_tokens


def _about_tokens(messages: Sequence[Message]) -> int:
    """English has about four bytes a token, and a chat template adds about four tokens a message."""
    return sum(len(message.content.encode()) // 4 + 4 for message in messages)


def _unknown_seconds(tokens: int, hyperparameters: Hyperparameters) -> tuple[float, float, float]:
    """A provider that tells nothing of time is given the field's usual range: minutes to hours."""
    return (300.0, 1800.0, 14400.0)


def _refuse_errors(plan: Plan) -> None:
    errors = tuple(finding for finding in plan.findings if finding.severity == "error")
    if errors:
        raise SpecError(f"{plan.name} cannot be applied; nothing was started", findings=errors)


def _chat(system_prompt: str | None, messages: MessagesLike) -> tuple[Message, ...]:
    if isinstance(messages, str):
        messages = [Message(role="user", content=messages)]
    chat = tuple(message if isinstance(message, Message) else Message.model_validate(message) for message in messages)
    if not chat:
        raise UsageError("there is no message to answer", help="give a text, or messages with role and content")
    if system_prompt is None or chat[0].role == "system":
        return chat
    return (Message(role="system", content=system_prompt), *chat)


def complete(alias: str, messages: MessagesLike) -> Answer:
    """One answer of the model behind an alias, in the workspace around the working directory."""
    split_alias(alias)
    return open().complete(alias, messages)
