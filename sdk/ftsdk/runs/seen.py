"""Who has seen a file of rows: every run that was given it, the accounts it went to, and the model that came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ftsdk.errors import UsageError
from ftsdk.plan.changes import ROWS
from ftsdk.plan.value import Plan
from ftsdk.runs.store import Store
from ftsdk.runs.value import Phase, RunRow
from ftsdk.spec.evaluation import Evaluation
from ftsdk.spec.other_metrics import JudgeMetric
from ftsdk.values import Value

Use = Literal["training", "validation", "evaluation"]
LEAST_DIGITS = 8


class Sighting(Value):
    """A run that was given the rows, and what for. ``model`` has learnt from them; ``at`` is Unix seconds.

    ``connections`` are the accounts that they went to; ``removed`` whether the uploaded file was deleted there again.
    """

    run: str
    name: str
    use: Use
    connections: tuple[str, ...]
    model: str | None
    removed: bool
    phase: Phase
    at: float


def sightings(store: Store, sha256: str) -> tuple[Sighting, ...]:
    """The runs, newest first, that were given rows with this hash: of the file as it lies, or as it was sent.

    ``sha256`` may be its first digits, eight or more; raises UsageError for anything else. A run that ended before it
    sent or asked anything has seen nothing.
    """
    wanted = sha256.lower()
    if len(wanted) < LEAST_DIGITS or not set(wanted) <= set("0123456789abcdef"):
        help = "give a file, or at least the first eight digits of its sha256"
        raise UsageError(f"'{sha256[:80]}' is neither a file nor a hash", help=help)
    return tuple(seen for row in store.runs() for seen in _of_run(row, store.plan(row.id), wanted))


def _of_run(row: RunRow, plan: Plan, wanted: str) -> Iterator[Sighting]:
    body = plan.spec.spec
    # An upload whose answer was lost may have arrived.
    uploaded, asked = "file" in row.data or row.phase == "upload", "deployment" in row.data
    order, data = plan.order, body.dataset
    hosted = (body.connection,)
    validation = {order.validation.sha256} if order.validation else set()
    if uploaded and _holds({order.train.sha256, plan.inputs.get(ROWS)} | _kept(row, data.train), wanted):
        yield _sighting(row, "training", hosted)
    if uploaded and _holds(validation | {plan.inputs.get("dataset.validation")} | _kept(row, data.validation), wanted):
        yield _sighting(row, "validation", hosted)
    evaluation = body.evaluation
    if evaluation is None or not asked:
        return
    digests = {value for name, value in plan.inputs.items() if name.startswith("evaluation.")}
    files = (evaluation.dataset, *(suite.dataset for suite in evaluation.suites))
    if _holds(digests.union(*(_kept(row, name) for name in files)), wanted):
        yield _sighting(row, "evaluation", tuple(dict.fromkeys((*hosted, *_asked(evaluation)))))


def _sighting(row: RunRow, use: Use, connections: tuple[str, ...]) -> Sighting:
    learnt = use == "training" and "result" in row.data
    return Sighting(
        run=row.id,
        name=row.name,
        use=use,
        connections=connections,
        model=row.data["result"]["model"] if learnt else None,
        removed=use != "evaluation" and bool(row.data.get("rows_removed")),
        phase=row.phase,
        at=row.created_at,
    )


def _kept(row: RunRow, name: str | None) -> set[str]:
    """The hash of a file of the spec as it lay when the run began."""
    key = row.data.get("inputs", {}).get(name)
    return set() if key is None else {key.rpartition("/")[2]}


def _asked(evaluation: Evaluation) -> Iterator[str]:
    """The connections of arms and judges that are not the spec's own."""
    for arm in evaluation.arms:
        if name := getattr(arm, "connection", None):
            yield name
    for metric in evaluation.metrics:
        if isinstance(metric, JudgeMetric):
            judges = metric.judge if isinstance(metric.judge, tuple) else (metric.judge,)
            yield from (judge.connection for judge in judges)


def _holds(digests: set[str | None] | set[str], wanted: str) -> bool:
    return any(digest is not None and digest.startswith(wanted) for digest in digests)
