"""A spec, its figures and a snapshot to a plan: pure, spends nothing; the same inputs give the same plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from ftsdk.catalogue import model_row
from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import PlanStale
from ftsdk.plan.changes import ROWS, field_changes, input_changes
from ftsdk.plan.classes import strongest
from ftsdk.plan.costs import PricesOf, cost_lines, total
from ftsdk.plan.estimate import training_seconds
from ftsdk.plan.findings import budget_findings, price_findings
from ftsdk.plan.identity import bound, digest, fingerprint, operation_key
from ftsdk.plan.life import alternatives, life_findings, life_of
from ftsdk.plan.measuring import Measured
from ftsdk.plan.policy import Case, judge, month_spent, policy_findings
from ftsdk.plan.snapshot import NO_STATE, Last, Snapshot
from ftsdk.plan.steps import steps, why
from ftsdk.plan.teams import ALL_TEAMS, holds, month_of, team_of
from ftsdk.plan.value import Change, CostLine, FieldChange, Interval, Life, Plan
from ftsdk.prices.book import prices_at
from ftsdk.providers.base import Capabilities, FileRef, Order
from ftsdk.spec import Project, ProjectFile, SpecFile
from ftsdk.trainers.contract import Hyperparameters

SecondsFor = Callable[[int, Hyperparameters], tuple[float, float, float]]
# What is usual in the field where a provider decides how to train and tells nothing of time: minutes to hours.
HOSTED_SECONDS = (300.0, 1800.0, 14400.0)


class _Priced(NamedTuple):
    """``lines`` as if all were done anew, ``costs`` without what is reused, whose sum is ``usd``."""

    lines: tuple[CostLine, ...]
    costs: tuple[CostLine, ...]
    unpriced: tuple[str, ...]
    usd: Interval


class _Living(NamedTuple):
    """How long a model lives as seen on ``day``, and what else can still be trained then."""

    life: Life | None
    alternatives: tuple[str, ...]
    day: date


def build_plan(
    spec_file: SpecFile,
    measured: Measured,
    snapshot: Snapshot,
    *,
    capabilities: Capabilities,
    hyperparameters: Hyperparameters | None,
    seconds_for: SecondsFor,
    train_file: FileRef,
    validation_file: FileRef | None = None,
    project_file: ProjectFile,
    row_notes: Mapping[str, str] | None = None,
    before: Last | None = None,
    findings: Sequence[Diagnostic] = (),
) -> Plan:
    """What applying ``spec_file`` would do; errors are among its findings, and a plan with errors must not be applied.

    ``train_file`` is the exported training file, ``validation_file`` that of the rows scored beside; ``row_notes`` say
    of inputs how many rows came and went; ``before`` is what to compare with where the snapshot has no run of this name
    (the spec on the branch that it goes to).
    Raises PlanStale when that file is not what was measured, ModelMissing for a model outside the catalogue.
    """
    _require_measured(train_file, measured)
    body, project = spec_file.spec.spec, project_file.project
    row = model_row(body.model, _kind(project, body.connection))
    trains = fingerprint(spec_file, row, hyperparameters, measured.rows_sha256)
    reused = snapshot.state.trained(spec_file.spec.metadata.name, trains) if snapshot.state else None
    inputs = {ROWS: measured.rows_sha256, **measured.inputs}
    last = last_of(spec_file, snapshot) or before
    changes = _changes(last, spec_file, inputs, row_notes or {})
    priced = _priced(spec_file, measured, hyperparameters, _prices(snapshot, project), reused)
    living = _living(spec_file, project, capabilities, snapshot.taken_at.date())
    parts = bound(trains, spec_file, measured.inputs, project.spec.policy, _facts(priced, living.life, capabilities))
    change, reason = _change(trains, changes, last, reused, snapshot, spec_file, digest(parts))
    order = _order(spec_file, project, trains, hyperparameters, (train_file, validation_file), capabilities)
    plan = Plan(
        name=spec_file.spec.metadata.name,
        spec_path=spec_file.path,
        change=change,
        why=reason,
        fingerprint=trains,
        digest=digest(parts),
        spec=spec_file.spec,
        order=order,
        **_figures(measured),
        steps=steps(spec_file, order, measured, priced.usd, reused),
        seconds=_seconds(measured, hyperparameters, seconds_for, reused) + measured.evaluation_seconds,
        usd=priced.usd,
        max_usd=body.budget.max_usd,
        findings=(*measured.findings, *_findings(spec_file, priced, living), *findings),
        reuses_run=reused,
        changes=changes,
        costs=priced.costs,
        life=living.life,
        alternatives=living.alternatives,
        inputs=inputs,
        bound=parts,
    )
    return _judged(_in_project(plan, spec_file, project, snapshot), spec_file, project_file, snapshot, priced.unpriced)


def last_of(spec_file: SpecFile, snapshot: Snapshot) -> Last | None:
    """The newest run of a spec under its name, or under an earlier one."""
    if snapshot.state is None:
        return None
    names = (spec_file.spec.metadata.name, *spec_file.spec.metadata.previous_names)
    return next((snapshot.state.last[name] for name in names if name in snapshot.state.last), None)


def _require_measured(train_file: FileRef, measured: Measured) -> None:
    if train_file.sha256 != measured.training_sha256:
        help = "export the rows again with ftsdk.data.training_file, then plan again"
        raise PlanStale("the training file is not what the spec and its rows export to; nothing was spent", help=help)


def _figures(measured: Measured) -> dict[str, Any]:
    """What a plan says of the rows as they were measured."""
    return {name: getattr(measured, name) for name in ("train_rows", "ledger", "leak", "arms", "smallest_visible")}


def _in_project(plan: Plan, spec_file: SpecFile, project: Project, snapshot: Snapshot) -> Plan:
    """The plan with whose money it spends, and what was seen of the state; no part of the digest."""
    seen = {
        "team": team_of(spec_file.spec, spec_file.path, project),
        "budget": _budget_words(spec_file, project, snapshot, plan.usd),
        "state": _state_words(snapshot),
        "observed_at": snapshot.taken_at,
    }
    return plan.model_copy(update=seen)


def _priced(
    spec_file: SpecFile,
    measured: Measured,
    hyperparameters: Hyperparameters | None,
    prices_of: PricesOf,
    reused: str | None,
) -> _Priced:
    lines, unpriced = cost_lines(spec_file, measured, hyperparameters, prices_of)
    costs = tuple(line for line in lines if not reused or line.what not in ("training", "validation", "grader"))
    return _Priced(lines, costs, unpriced, total(costs))


def _living(spec_file: SpecFile, project: Project, capabilities: Capabilities, day: date) -> _Living:
    body = spec_file.spec.spec
    life = life_of(_kind(project, body.connection), capabilities, body.model, body.method.type)
    return _Living(life, alternatives(body.model, body.method.type, day), day)


def _findings(spec_file: SpecFile, priced: _Priced, living: _Living) -> tuple[Diagnostic, ...]:
    """What is to be said of the model's life, the age of prices and the money."""
    return (
        *life_findings(spec_file, living.life, living.day, living.alternatives),
        *price_findings(spec_file, priced.lines, living.day),
        *budget_findings(spec_file, priced.usd),
    )


def _judged(
    plan: Plan, spec_file: SpecFile, project_file: ProjectFile, snapshot: Snapshot, unpriced: tuple[str, ...]
) -> Plan:
    """The plan with what the project's rules say of it."""
    month = month_of(plan.team, project_file.project, snapshot.taken_at)
    verdicts = judge(
        Case(
            plan=plan,
            policy=project_file.project.spec.policy,
            day=snapshot.taken_at.date(),
            spec_place=spec_file.place,
            rule_place=project_file.place,
            month_usd=month_spent(snapshot, month),
            unpriced=unpriced,
        )
    )
    return plan.model_copy(update={"policy": verdicts, "findings": (*plan.findings, *policy_findings(verdicts))})


def _changes(
    last: Last | None, spec_file: SpecFile, inputs: Mapping[str, str], notes: Mapping[str, str]
) -> tuple[FieldChange, ...]:
    if last is None:
        return ()
    return (*field_changes(last.spec, spec_file), *input_changes(last.inputs, inputs, spec_file, notes))


def _change(
    trains: str,
    changes: tuple[FieldChange, ...],
    last: Last | None,
    reused: str | None,
    snapshot: Snapshot,
    spec_file: SpecFile,
    digest_now: str,
) -> tuple[Change, str]:
    """The class of the plan, and why it was chosen."""
    continues = spec_file.spec.spec.continue_from
    if snapshot.state is None and last is None:
        return ("continue" if continues else "train"), NO_STATE
    unknown = f"; {NO_STATE}" if snapshot.state is None else ""
    if last is not None and last.fingerprint == trains and last.trained:
        rest = [change for change in changes if change.change not in ("train", "continue")]
        found = strongest([change.change for change in rest])
        if last.phase == "done" and (found == "none" or last.digest == digest_now):
            return "none", f"run {last.run} did exactly this{unknown}"
        if found in ("none", "metadata") and last.phase != "done":
            return "reuse", f"{why(last.run)}; that run ended as {last.phase}{unknown}"
        fields = ", ".join(dict.fromkeys(change.path for change in rest if change.change == found))
        return found, f"what trains is as in run {last.run}; changed since: {fields}{unknown}"
    if reused:
        return "reuse", why(reused)
    new: Change = "continue" if continues else "train"
    trained = [change.path for change in changes if change.change in ("train", "continue")]
    if trained:
        return new, f"what trains has changed: {', '.join(dict.fromkeys(trained))}{unknown}"
    return new, f"{why(None)}{unknown}"


def _prices(snapshot: Snapshot, project: Project) -> PricesOf:
    """Prices as they were seen; of what was not looked for, those of the table."""

    def found(connection: str, model: str) -> Any:
        seen = snapshot.prices_of(connection, model)
        return seen or prices_at(project, connection, model)

    return found


def _kind(project: Project, connection: str) -> str:
    """The type of a connection; of a plugin its own name."""
    declared = project.spec.connections.get(connection)
    return getattr(declared, "plugin", None) or (declared.type if declared else connection)


def _facts(priced: _Priced, life: Life | None, capabilities: Capabilities) -> dict[str, Any]:
    """What the world said that an approval binds to: amounts in cents, dates, limits; never an age."""
    return {
        "the cost ceiling": round(total(priced.lines).high, 2),
        "the prices": sorted({f"{line.what} {line.source}" for line in priced.lines}),
        "the model's life": [str(life.trains_until), str(life.serves_until)] if life else None,
        "the model's limits": [capabilities.context_tokens, sorted(capabilities.methods), capabilities.serves_tuned],
    }


def _order(
    spec_file: SpecFile,
    project: Project,
    trains: str,
    hyperparameters: Hyperparameters | None,
    files: tuple[FileRef, FileRef | None],
    capabilities: Capabilities,
) -> Order:
    name, body = spec_file.spec.metadata.name, spec_file.spec.spec
    return Order(
        key=operation_key(project.name, name, trains),
        name=name,
        model=body.model,
        method=body.method.type,
        hyperparameters=hyperparameters,
        train=files[0],
        validation=files[1],
        system_prompt=spec_file.system_prompt,
        max_tokens=capabilities.context_tokens,
        settings=body.method,
    )


def _seconds(
    measured: Measured, hyperparameters: Hyperparameters | None, seconds_for: SecondsFor, reused: str | None
) -> Interval:
    if reused:
        return training_seconds((0.0, 0.0, 0.0))
    if hyperparameters is None:
        return training_seconds(HOSTED_SECONDS)
    return training_seconds(seconds_for(measured.ledger.input * hyperparameters.epochs, hyperparameters))


def _state_words(snapshot: Snapshot) -> str:
    if snapshot.state is None:
        return f"{NO_STATE} ({snapshot.state_error})" if snapshot.state_error else NO_STATE
    return f"serial {snapshot.state.serial}"


def _budget_words(spec_file: SpecFile, project: Project, snapshot: Snapshot, usd: Interval) -> str:
    """What the team has spent and holds this month, and what would be left; empty where there is no team."""
    return "; ".join(_budgets(spec_file, project, snapshot, usd))


def _budgets(spec_file: SpecFile, project: Project, snapshot: Snapshot, usd: Interval) -> Iterator[str]:
    team = team_of(spec_file.spec, spec_file.path, project)
    for hold in holds(team, Decimal(0), project, snapshot.taken_at):
        whose = "all teams" if hold.team == ALL_TEAMS else hold.team
        if snapshot.state is None:
            yield f"{whose} {hold.month}: remaining budget not checked"
            continue
        stands = [m for m in snapshot.state.money if (m.team, m.month) == (hold.team, hold.month)]
        spent = sum((m.spent for m in stands), Decimal(0))
        held = sum((m.held for m in stands), Decimal(0))
        all_of_it = spent + held + Decimal(str(usd.high))
        text = f"{whose} {hold.month}: ${spent:.2f} spent + ${held:.2f} held + ${usd.high:.2f} = ${all_of_it:.2f}"
        over = hold.limit is not None and all_of_it > hold.limit
        yield text + (f" of ${hold.limit:.2f}" if hold.limit is not None else "") + (", too much" if over else "")
