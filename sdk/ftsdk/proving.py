"""Evaluation outside a run: a spec as it stands now, and an untrained model against an alias."""

from __future__ import annotations

from collections.abc import Callable

from ftsdk.errors import UsageError
from ftsdk.evals.conduct import Tell
from ftsdk.evals.prices import call_cost
from ftsdk.evals.value import Arm, Comparison
from ftsdk.plan.value import Plan
from ftsdk.providers.base import JobResult, Provider
from ftsdk.registry import Resolved
from ftsdk.rows import SpecFiles
from ftsdk.runs.artefacts import Artefacts
from ftsdk.runs.challenge import Challenge, challenge
from ftsdk.runs.comparisons import read_comparison
from ftsdk.runs.evaluating import Evaluating, Surroundings
from ftsdk.runs.inputs import Inputs
from ftsdk.runs.store import Store
from ftsdk.spec import SpecFile


def evaluate_spec(
    spec_file: SpecFile,
    plan: Plan,
    provider: Provider,
    store: Store,
    artefacts: Artefacts,
    surroundings: Surroundings,
    max_usd: float | None,
    tell: Tell | None,
    batch: bool = False,
) -> Comparison:
    """`Workspace.evaluate`, of a plan without errors."""
    trained = (row for row in store.runs(plan.name) if row.fingerprint == plan.fingerprint)
    result = next((row.data["result"] for row in trained if "result" in row.data), None)
    evaluating = Evaluating(
        plan,
        provider,
        artefacts,
        SpecFiles(spec_file),
        surroundings,
        JobResult.model_validate(result) if result else None,
        f"eval-{plan.digest[:24]}",
    )
    return evaluating.compare(tell or (lambda _arm, _done, _total, _usd: None), max_usd, batch=batch)


def challenge_alias(
    resolved: Resolved,
    connection: str,
    model: str,
    prompt: str | None,
    max_usd: float | None,
    store: Store,
    artefacts: Artefacts,
    provider: Callable[[str], Provider],
    is_local: Callable[[str], bool],
) -> Challenge:
    """`Workspace.challenge`, of an alias that was found."""
    if not resolved.comparison:
        raise UsageError(f"{resolved.alias} rests on no comparison", help="evaluate it first: `ft eval`")
    row = store.run(resolved.run)
    arm = Arm(
        name=f"{connection}:{model}",
        kind="model",
        model=model,
        system_prompt=resolved.system_prompt if prompt is None else prompt,
        connection=connection,
    )
    return challenge(
        resolved,
        store.plan(row.id),
        read_comparison(artefacts, resolved.comparison),
        Inputs(row.data["inputs"], artefacts, store.plan(row.id).spec),
        arm,
        lambda: provider(connection).inference(model),
        call_cost(model, local=is_local(connection)),
        call_cost(resolved.model, tuned_from=resolved.base_model, local=is_local(resolved.connection)),
        artefacts.path(f"answers/{row.name}/{connection}_{model.replace('/', '_')}.jsonl"),
        max_usd,
    )
