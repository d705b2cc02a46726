"""A plan -> the row of a run that does it: nothing stale, nothing wrong and nothing unagreed is started."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from decimal import Decimal

from ftsdk.errors import PlanStale, SpecError
from ftsdk.plan import Hold, holds, moved, team_of
from ftsdk.plan.value import Plan
from ftsdk.rows import training_content, validation_content
from ftsdk.runs.agreements import Agreements
from ftsdk.runs.artefacts import Artefacts
from ftsdk.runs.inputs import keep_inputs
from ftsdk.runs.store import Store
from ftsdk.spec import Project, SpecFile


def start(
    spec_file: SpecFile,
    saved: Plan | None,
    fresh: Plan,
    project: Project,
    store: Store,
    artefacts: Artefacts,
    agreements: Agreements,
    asks: str,
) -> str:
    """The id of the run that does ``fresh``, started or found; raises as `Workspace.apply` does."""
    refuse_moved(saved, fresh)
    refuse_errors(fresh)
    finished = next(
        (row.id for row in store.runs(fresh.name) if row.phase == "done" and row.digest == fresh.digest), None
    )
    if finished is not None:
        return finished
    agreements.require_start(fresh, asks)
    contents = (training_content(spec_file), validation_content(spec_file))
    for content, file in zip(contents, fresh.order.files, strict=False):
        if content is None or hashlib.sha256(content).hexdigest() != file.sha256:
            message = "the training rows changed while they were planned; nothing was started"
            raise PlanStale(message, help="apply again")
        artefacts.put_once("datasets", content, ".jsonl")
    inputs = {"inputs": keep_inputs(spec_file, artefacts)}
    team, money = money_held(fresh, project)
    row, _new = store.add_run(fresh, inputs, requested_by=asks, team=team, holds=money)
    return row.id


def money_held(plan: Plan, project: Project) -> tuple[str | None, tuple[Hold, ...]]:
    """Whose money a run of a plan spends, and what must be held of it now."""
    team = team_of(plan.spec, plan.spec_path, project)
    return team, holds(team, Decimal(str(plan.usd.high)), project, datetime.now(UTC))


def refuse_moved(saved: Plan | None, fresh: Plan) -> None:
    """Raises PlanStale, with what moved, when a saved plan is not what would be done now."""
    changed = moved(saved, fresh) if saved is not None else ()
    if changed:
        raise PlanStale(
            f"{fresh.spec_path} changed since it was planned: {'; '.join(changed)}; nothing was started",
            help=f"look at the new plan with `ft plan {fresh.spec_path}`",
        )


def refuse_errors(plan: Plan) -> None:
    """Raises SpecError with the errors of a plan, when there are any."""
    errors = tuple(finding for finding in plan.findings if finding.severity == "error")
    if errors:
        raise SpecError(f"{plan.name} cannot be applied; nothing was started", findings=errors)
