"""The phases of a run: each looks at the row and the world and says what comes next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from ftsdk.diagnostics import Severity
from ftsdk.evals.value import Comparison
from ftsdk.plan.value import Plan
from ftsdk.providers.base import Failure, JobResult, JobState, Poll, Provider, Resumable
from ftsdk.registry.value import Resolved
from ftsdk.runs.value import EventKind, Phase, RunRow

JOB_STOPPED = frozenset({JobState.failed, JobState.cancelled})

EventDraft = tuple[EventKind, str, dict[str, Any]]


class Transition(NamedTuple):
    """Where a run goes next: what it learnt, what to tell, and how long to wait before looking again."""

    phase: Phase
    learnt: dict[str, Any] = {}
    events: tuple[EventDraft, ...] = ()
    failure: Failure | None = None
    wait: float = 0.0


class World(Protocol):
    """What phases need from outside; the workspace hands in the real one, tests their own."""

    plan: Plan
    provider: Provider
    poll_seconds: float

    def effect(self, key: str, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do ``act`` under ``key`` and remember its result; the intent is written first, so ``act`` must look up."""
        ...

    def evaluate(self, result: JobResult) -> Comparison:
        """Answer and grade the held-out rows under every arm; resumable."""
        ...

    def keep(self, comparison: Comparison) -> str:
        """Store a comparison; returns its key."""
        ...

    def kept(self, key: str) -> Comparison:
        """A stored comparison."""
        ...

    def promote(self, alias: str) -> Resolved:
        """Point the spec's alias at this run's model."""
        ...


def step(row: RunRow, world: World) -> Transition:
    """One step of one run. Raises FtsdkError when the phase cannot go on."""
    if row.cancel_requested and row.phase not in ("train", "create"):
        return Transition("cancelled", events=(("phase", "cancelled before the next phase", {}),))
    return PHASE_STEPS[row.phase](row, world)


def check(row: RunRow, world: World) -> Transition:
    """Everything that can be refused before the first byte leaves."""
    findings = world.provider.check(world.plan.order)
    errors = [finding for finding in findings if finding.severity is Severity.error]
    if errors:
        return failed("configuration", "; ".join(str(error.message) for error in errors), errors[0].help)
    return Transition("upload", events=(_entered("upload", f"{row.name}: checked, the order can be placed"),))


def upload(row: RunRow, world: World) -> Transition:
    """Bring the training rows to the provider."""
    file = world.provider.upload(world.plan.order)
    rows = world.plan.order.train.rows
    return Transition("create", {"file": file}, (_entered("create", f"{rows} training rows are with the provider"),))


def create(row: RunRow, world: World) -> Transition:
    """Create the job exactly once: intent, look up by key, create, record."""
    order = world.plan.order

    def act() -> dict[str, Any]:
        known = world.provider.find(order.key)
        if not known:
            return {"job": world.provider.create(order, row.data["file"]), "adopted": False}
        if isinstance(world.provider, Resumable) and world.provider.poll(known[0]).state in JOB_STOPPED:
            world.provider.resume(known[0])
        return {"job": known[0], "adopted": True}

    done = world.effect(f"create:{order.key}:{row.id}", act)
    said = f"job {done['job']} " + ("was there already and is used" if done["adopted"] else "was created")
    return Transition("train", {"job": done["job"], "cursor": ""}, (_entered("train", said),))


def train(row: RunRow, world: World) -> Transition:
    """Look at the job until it ends."""
    job = row.data["job"]
    if row.cancel_requested and not row.data.get("cancel_sent"):
        world.provider.cancel(job)
        return Transition("train", {"cancel_sent": True}, (("message", "the provider was asked to stop the job", {}),))
    poll = world.provider.poll(job, row.data.get("cursor", ""))
    if poll.state in JOB_ENDS:
        return JOB_ENDS[poll.state](row, poll)
    return Transition("train", {"cursor": poll.cursor}, _told(poll), wait=world.poll_seconds)


def _trained(row: RunRow, poll: Poll) -> Transition:
    return Transition("collect", {"cursor": poll.cursor}, (*_told(poll), _entered("collect", "training is done")))


def _job_failed(row: RunRow, poll: Poll) -> Transition:
    failure = poll.failure or Failure(
        owner="platform", message=f"the job ended as {poll.native!r} without a reason", help=f"see `ft status {row.id}`"
    )
    return Transition(
        "failed", {"job_failed": True}, (*_told(poll), ("failure", failure.message, failure.model_dump())), failure
    )


def _job_cancelled(row: RunRow, poll: Poll) -> Transition:
    text = "the job was stopped; what it had trained is kept as a checkpoint"
    return Transition("cancelled", {"job_failed": True}, (*_told(poll), ("phase", text, {"phase": "cancelled"})))


JOB_ENDS: dict[JobState, Callable[[RunRow, Poll], Transition]] = {
    JobState.succeeded: _trained,
    JobState.failed: _job_failed,
    JobState.cancelled: _job_cancelled,
}


def collect(row: RunRow, world: World) -> Transition:
    """Record what the job left."""
    result = world.provider.result(row.data["job"])
    text = f"tuned model {result.model}: {result.trained_tokens} trained tokens in {result.seconds:.0f} s"
    following: Phase = "evaluate" if world.plan.spec.spec.evaluation else "promote"
    return Transition(following, {"result": result.model_dump()}, (_entered(following, text),))


def evaluate(row: RunRow, world: World) -> Transition:
    """Answer and grade the held-out rows under every arm."""
    comparison = world.evaluate(_result(row))
    key = world.keep(comparison)
    return Transition("gate", {"comparison": key}, (_entered("gate", comparison.headline),))


def gate(row: RunRow, world: World) -> Transition:
    """Let a run through to promotion only when every gate passed; anything else fails closed."""
    comparison = world.kept(row.data["comparison"])
    shut = [result for result in comparison.gates if result.outcome != "passed"]
    if not shut:
        return Transition("promote", events=(_entered("promote", f"{len(comparison.gates)} gates passed"),))
    unsure = all(result.outcome == "cannot tell" for result in shut)
    outcome = "no_verdict" if unsure else "gate_failed"
    text = "; ".join(f"{result.text}: {result.outcome} ({result.detail})" for result in shut)
    failure = Failure(
        owner="data",
        message=f"{'a gate cannot tell' if unsure else 'a gate failed'}, nothing was promoted: {text}",
        help=f"read `ft report {row.id}`: more or more varied rows, another prompt, or no fine-tune at all",
    )
    return Transition("failed", {"outcome": outcome}, (("failure", failure.message, failure.model_dump()),), failure)


def promote(row: RunRow, world: World) -> Transition:
    """Move the alias where the spec asks for it."""
    wanted = world.plan.spec.spec.promote
    if wanted is None or wanted.when == "manual":
        text = "done" if wanted is None else f"done; promote it with `ft promote {row.id}`"
        return Transition("done", events=(_entered("done", text),))
    resolved = world.promote(wanted.alias)
    return Transition(
        "done",
        {"alias": resolved.alias, "version": resolved.version},
        (_entered("done", f"{resolved.alias} is now version {resolved.version}"),),
    )


PHASE_STEPS: dict[Phase, Callable[[RunRow, World], Transition]] = {
    "check": check,
    "upload": upload,
    "create": create,
    "train": train,
    "collect": collect,
    "evaluate": evaluate,
    "gate": gate,
    "promote": promote,
}


def failed(owner: Any, message: str, help: str | None) -> Transition:
    """The end of a run that cannot go on, with whose it is and the next step."""
    failure = Failure(owner=owner, message=message, help=help or "mend it and apply again")
    return Transition("failed", events=(("failure", message, failure.model_dump()),), failure=failure)


def _entered(phase: Phase, text: str) -> EventDraft:
    return ("phase", text, {"phase": phase})


def _result(row: RunRow) -> JobResult:
    return JobResult.model_validate(row.data["result"])


def _told(poll: Poll) -> tuple[EventDraft, ...]:
    drafts: list[EventDraft] = []
    if poll.metrics:
        last = poll.metrics[-1]
        steps = [metric.model_dump() for metric in poll.metrics]
        drafts.append(("metric", f"step {last.step}/{last.steps}: loss {last.loss:.3f}", {"metrics": steps}))
    if poll.progress is not None:
        data = poll.progress.model_dump() | ({"loss": poll.metrics[-1].loss} if poll.metrics else {})
        text = f"{poll.progress.stage}: step {poll.progress.step} of {poll.progress.steps}"
        drafts.append(("progress", text, data))
    return tuple(drafts)
