"""Moving an alias: proved before, recorded first, published second, the same when done again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ftsdk.errors import GateFailed, NoVerdict, UsageError
from ftsdk.evals.conduct import declared_params
from ftsdk.evals.serving import Proof
from ftsdk.evals.value import Comparison
from ftsdk.plan.value import Plan
from ftsdk.providers.base import JobResult, Provider
from ftsdk.providers.inference import Params
from ftsdk.registry import Resolved, alias_key
from ftsdk.runs.artefacts import Artefacts
from ftsdk.runs.comparisons import read_comparison
from ftsdk.runs.evaluating import Evaluating, Surroundings
from ftsdk.runs.inputs import Inputs
from ftsdk.runs.store import Store
from ftsdk.runs.value import RunRow


def promote_by_hand(
    store: Store, artefacts: Artefacts, run: str, alias: str, actor: str, prove: Callable[[RunRow, Plan], Proof]
) -> Resolved:
    """Point ``spec@alias`` at a run's model because a person says so, once the served model has proved to be it.

    Raises UsageError when the run has no tuned model yet, NoVerdict when nothing was evaluated, GateFailed when the
    served model answers otherwise, ProviderError when it cannot be asked.
    """
    row = store.run(run)
    if "result" not in row.data:
        raise UsageError(
            f"run {row.id} of {row.name} has no tuned model (phase {row.phase})",
            help=f"`ft runs {row.name}` shows the runs that have one",
        )
    plan = store.plan(run)
    name = f"{plan.name}@{alias}"
    if (current := _current(store, name)) is not None and current.run == row.id:
        return publish(artefacts, current)
    proof = prove(row, plan)
    if not proof.held:
        kind = GateFailed if proof.asked else NoVerdict
        raise kind(f"{proof.sentence}; {name} stays where it was", help=proof.next_step(row.id), owner="platform")
    return publish(artefacts, record(store, artefacts, row, plan, alias, actor))


def prove_run(row: RunRow, plan: Plan, provider: Provider, artefacts: Artefacts, surroundings: Surroundings) -> Proof:
    """Ask the model that a run's alias would stand for a sample of what was evaluated.

    Raises ProviderError when it cannot be asked.
    """
    if "comparison" not in row.data:
        return Proof()
    result = JobResult.model_validate(row.data["result"])
    inputs = Inputs(row.data["inputs"], artefacts, plan.spec)
    evaluating = Evaluating(plan, provider, artefacts, inputs, surroundings, result, row.id)
    return evaluating.prove_serving(read_comparison(artefacts, row.data["comparison"]))


def roll_back(store: Store, artefacts: Artefacts, name: str, actor: str, to: int | None = None) -> Resolved:
    """Point an alias back at the model of an earlier version (the one before, when ``to`` is absent), as a new version.

    Raises UsageError when there is no such version.
    """
    documents = [Resolved.model_validate_json(document) for document in store.alias_history(name)]
    current = documents[-1] if documents else None
    earlier = [one for one in documents[:-1] if (one.run != documents[-1].run if to is None else one.version == to)]
    if current is None or not earlier:
        versions = ", ".join(str(one.version) for one in documents[:-1]) or "none"
        raise UsageError(f"{name} has no such earlier version; nothing was moved", help=f"earlier versions: {versions}")
    moved = earlier[-1].model_copy(
        update={"version": current.version + 1, "promoted_at": datetime.now(UTC).isoformat(timespec="seconds")}
    )
    store.move_alias(name, moved.version, moved.run, moved.model_dump_json(), actor)
    return publish(artefacts, moved)


def record(store: Store, artefacts: Artefacts, row: RunRow, plan: Plan, alias: str, actor: str) -> Resolved:
    """Write the next version of an alias; where it already points at this run, that version."""
    name = f"{plan.name}@{alias}"
    current = _current(store, name)
    if current is not None and current.run == row.id:
        return current
    resolved = _document(artefacts, row, plan, name, current.version + 1 if current else 1)
    store.move_alias(name, resolved.version, row.id, resolved.model_dump_json(), actor)
    return resolved


def publish(artefacts: Artefacts, resolved: Resolved) -> Resolved:
    """Write the document that applications read."""
    artefacts.put(alias_key(resolved.alias), resolved.model_dump_json(indent=2).encode())
    return resolved


def promote_once(
    effect: Callable[[str, Callable[[float], dict[str, Any] | None]], dict[str, Any] | None],
    store: Store,
    artefacts: Artefacts,
    row: RunRow,
    plan: Plan,
    alias: str,
) -> Resolved:
    """A run's own promotion, as an effect: recorded under its key, published after."""
    done = effect(
        f"promote:{plan.name}@{alias}:{row.id}",
        lambda _age: record(store, artefacts, row, plan, alias, row.requested_by or "system").model_dump(mode="json"),
    )
    assert done is not None  # a promotion always answers
    return publish(artefacts, Resolved.model_validate(done))


def _current(store: Store, name: str) -> Resolved | None:
    newest = store.alias(name)
    return Resolved.model_validate_json(newest) if newest else None


def _document(artefacts: Artefacts, row: RunRow, plan: Plan, name: str, version: int) -> Resolved:
    """What an application needs to call the model as it was evaluated; only evaluated models are promoted."""
    result = JobResult.model_validate(row.data["result"])
    comparison = read_comparison(artefacts, row.data["comparison"])
    return Resolved(
        alias=name,
        version=version,
        connection=plan.spec.spec.connection,
        model=result.model,
        base_model=plan.order.model,
        system_prompt=plan.order.system_prompt,
        params=_params(plan, comparison),
        run=row.id,
        comparison=row.data["comparison"],
        headline=comparison.headline,
        promoted_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _params(plan: Plan, comparison: Comparison) -> Params:
    """The sampling settings and the format under which the tuned model was evaluated."""
    evaluation = plan.spec.spec.evaluation
    declared = declared_params(evaluation) if evaluation else Params()
    arm = comparison.tuned_arm
    return declared.model_copy(update={"response_format": arm.response_format}) if arm else declared
