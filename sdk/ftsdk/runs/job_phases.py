"""The phases at the provider: check, upload, create, converge, train, collect, deploy, tear down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ftsdk.diagnostics import Severity
from ftsdk.errors import ProviderError, ProviderUnavailable
from ftsdk.providers.base import Failure, Forgetful, JobState, Pausable, Poll, Remote, Resumable
from ftsdk.runs.spending import claimed_at, over_budget, so_far, stop_spending, too_dear
from ftsdk.runs.transition import EventDraft, Transition, World, entered, failed
from ftsdk.runs.value import Phase, RunRow
from ftsdk.spec.fields import as_timedelta

JOB_STOPPED = frozenset({JobState.failed, JobState.cancelled})
JOB_ENDED = JOB_STOPPED | {JobState.succeeded}
POLL_STRETCH = 1.3
POLL_LONGEST = 300.0


def check(row: RunRow, world: World) -> Transition:
    """Everything that can be refused before the first byte leaves."""
    findings = world.provider.check(world.plan.order)
    errors = [finding for finding in findings if finding.severity is Severity.error]
    if errors:
        return failed("configuration", "; ".join(str(error.message) for error in errors), errors[0].help)
    return Transition("upload", events=(entered("upload", f"{row.name}: checked, the order can be placed"),))


def upload(row: RunRow, world: World) -> Transition:
    """Bring the training rows to the provider."""
    file = world.provider.upload(world.plan.order)
    rows = world.plan.order.train.rows
    return Transition("create", {"file": file}, (entered("create", f"{rows} training rows are with the provider"),))


def create(row: RunRow, world: World) -> Transition:
    """Create the job exactly once: intent, look up by key, create, record."""
    changed = world.moved()
    if changed:
        return failed("configuration", f"{changed}; no job was created, nothing was spent", "plan and ask again", STALE)
    order = world.plan.order

    def act(age: float) -> dict[str, Any] | None:
        known = world.provider.find(order.key)
        if known:
            return {"job": known[0], "adopted": True}
        if 0.0 < age < 2 * _request_seconds(world):
            return None  # a dead process's create may still be on the wire: look again before paying
        return {"job": world.provider.create(order, row.data["file"]), "adopted": False}

    def take_back(made: dict[str, Any], recorded: dict[str, Any]) -> bool:
        """Cancel a job that was made after the lease was lost, unless it is the one that the run now has."""
        if made["job"] == recorded["job"]:
            return False
        world.provider.cancel(made["job"])
        return True

    done = world.effect(_create_key(row, world), act, take_back)
    if done is None:
        text = "a create may be under way from before; looking for its job first"
        return Transition("create", events=(("message", text, {}),), wait=world.poll_seconds)
    said = f"job {done['job']} " + ("was there already and is used" if done["adopted"] else "was created")
    learnt = {"job": done["job"], "cursor": ""}
    # A job that another store made at the same moment shows in lists by then.
    wait = 0.0 if done["adopted"] else 2 * _request_seconds(world)
    return Transition("converge", learnt, (entered("converge", said),), wait=wait)


STALE = {"outcome": "stale"}


def _create_key(row: RunRow, world: World) -> str:
    return f"create:{world.plan.order.key}:{row.id}"


def _request_seconds(world: World) -> float:
    return world.provider.request_seconds if isinstance(world.provider, Remote) else 0.0


def converge(row: RunRow, world: World) -> Transition:
    """See to it that one job of this run is live: a stopped one goes on, of several the oldest stays.

    The oldest, because a store that does not know of this one decides the same.
    """
    known = _known(row, world)
    job = _oldest(known, world) or row.data["job"]
    learnt: dict[str, Any] = {}
    if job != row.data["job"]:
        world.record(_create_key(row, world), {"job": job, "adopted": True})
        learnt = {"job": job, "cursor": ""}
    if isinstance(world.provider, Resumable) and world.provider.poll(job).state in JOB_STOPPED:
        world.provider.resume(job)
    extras = cancel_extras(job, known, world)
    text = f"job {job} is the only one" if not extras else f"job {job} stays; extra ones were cancelled: {extras}"
    return Transition("train", learnt, (entered("train", text),))


def _known(row: RunRow, world: World) -> tuple[str, ...]:
    """Every job with this run's key that the provider shows, oldest first, and the run's own, shown yet or not."""
    return tuple(dict.fromkeys((*world.provider.find(world.plan.order.key), row.data["job"])))


def _oldest(known: tuple[str, ...], world: World) -> str | None:
    """The oldest of several jobs that has not failed and was not stopped; None when there is only one."""
    several = known if len(known) > 1 else ()
    return next((job for job in several if world.provider.poll(job).state not in JOB_STOPPED), None)


def cancel_extras(kept: str, known: tuple[str, ...], world: World) -> int:
    """Cancel every live job but the one that is kept; returns how many there were."""
    extras = [job for job in known if job != kept and world.provider.poll(job).state not in JOB_ENDED]
    for job in extras:
        world.provider.cancel(job)
        world.audit("duplicate.cancelled", {"job": job, "kept": kept})
    return len(extras)


def train(row: RunRow, world: World) -> Transition:
    """Look at the job until it ends; looks grow rarer while nothing changes."""
    asked = _asked_to_stop(row, world)
    if asked is not None:
        return asked
    poll = world.provider.poll(row.data["job"], row.data.get("cursor", ""))
    known = so_far(row, poll, world.plan)
    learnt, told = {"cursor": poll.cursor, "so_far": known}, _told(poll, known)
    if poll.state in JOB_ENDS:
        ended = JOB_ENDS[poll.state](row, world, poll)
        return ended._replace(learnt={**learnt, **ended.learnt}, events=(*told, *ended.events))
    quiet = 0 if poll.metrics or poll.progress else row.data.get("quiet", 0) + 1
    wait = min(world.poll_seconds * POLL_STRETCH**quiet, max(POLL_LONGEST, world.poll_seconds))
    return Transition("train", {**learnt, "quiet": quiet}, told, wait=wait)


def _asked_to_stop(row: RunRow, world: World) -> Transition | None:
    """What is asked of the job before it is looked at: to stop, for a person, the time or the money; or to pause."""
    if not row.data.get("cancel_sent"):
        if row.cancel_requested or overdue(row, world):
            world.provider.cancel(row.data["job"])
            text = "the provider was asked to stop the job"
            return Transition("train", {"cancel_sent": True}, (("message", text, {}),))
        if over_budget(row, world):
            return stop_spending(row, world)
    if row.pause_requested and not row.data.get("pause_sent"):
        return _pause(row, world)
    if row.data.get("pause_sent") and not row.pause_requested and isinstance(world.provider, Pausable):
        world.provider.unpause(row.data["job"])
        return Transition("train", {"pause_sent": False}, (("message", "the job was asked to go on", {}),))
    return None


def overdue(row: RunRow, world: World) -> bool:
    """Whether a run has lasted longer than its spec allows."""
    return claimed_at(row) - row.created_at > as_timedelta(world.plan.spec.spec.timeout).total_seconds()


def too_long(world: World, learnt: dict[str, Any] | None = None) -> Transition:
    """The end of a run whose time is over."""
    text = f"it took longer than its timeout of {world.plan.spec.spec.timeout}; its job was stopped, no alias moved"
    return failed("configuration", text, "raise spec.timeout and apply again", learnt)


def _pause(row: RunRow, world: World) -> Transition:
    if isinstance(world.provider, Pausable):
        world.provider.pause(row.data["job"])
        return Transition("train", {"pause_sent": True}, (("message", "the job was asked to stand still", {}),))
    if isinstance(world.provider, Resumable):
        world.provider.cancel(row.data["job"])
        return Transition("train", {"pause_sent": True}, (("message", "pausing: the job was asked to stop", {}),))
    text = "this provider cannot pause a job: it goes on, and nothing after it is started until the run is resumed"
    return Transition("train", {"pause_sent": True}, (("message", text, {}),))


def _trained(row: RunRow, world: World, poll: Poll) -> Transition:
    return Transition("collect", events=(entered("collect", "training is done"),))


def _job_failed(row: RunRow, world: World, poll: Poll) -> Transition:
    failure = poll.failure or Failure(
        owner="platform", message=f"the job ended as {poll.native!r} without a reason", help=f"see `ft status {row.id}`"
    )
    return failed(failure.owner, failure.message, failure.help, {"job_failed": True})


def _job_stopped(row: RunRow, world: World, poll: Poll) -> Transition:
    """A job that was stopped: to pause, for the money, for the time, or because somebody cancelled the run."""
    if row.data.get("pause_sent"):
        text = "the job has stopped; its checkpoint is kept until the run is resumed"
        return Transition("converge", {"pause_sent": False}, (entered("converge", text),))
    if not row.cancel_requested and row.data.get("over_budget"):
        return too_dear(row, world)
    if not row.cancel_requested and overdue(row, world):
        return too_long(world, {"job_failed": True})
    ours = row.cancel_requested or row.data.get("cancel_sent")
    if not ours and _oldest(_known(row, world), world):
        text = "the job was stopped because there is an older one of the same key, which is used"
        return Transition("converge", events=(entered("converge", text),))
    text = "the job was stopped; what it had trained is kept as a checkpoint"
    return Transition("cancelled", {"job_failed": True}, (("phase", text, {"phase": "cancelled"}),))


JOB_ENDS: dict[JobState, Callable[[RunRow, World, Poll], Transition]] = {
    JobState.succeeded: _trained,
    JobState.failed: _job_failed,
    JobState.cancelled: _job_stopped,
}


def collect(row: RunRow, world: World) -> Transition:
    """Record what the job left, and look once more for jobs that a stopped process may have made late."""
    cancel_extras(row.data["job"], _known(row, world), world)
    result = world.provider.result(row.data["job"])
    world.keep_metrics()
    told = _forgotten(row, world)
    text = f"tuned model {result.model}: {result.trained_tokens} trained tokens in {result.seconds:.0f} s"
    learnt = {"result": result.model_dump(), "rows_removed": any("files" in data for _kind, _text, data in told)}
    return Transition("deploy", learnt, (*told, entered("deploy", text)))


def _forgotten(row: RunRow, world: World) -> tuple[EventDraft, ...]:
    """Take the rows away from where they were sent, unless the spec keeps them; what cannot be taken is told."""
    keeps = world.plan.spec.spec.lifecycle.remote_files != "delete_after_success"
    if keeps or not isinstance(world.provider, Forgetful):
        return ()
    other = world.rows_wanted_by()
    if other is not None:
        return (("message", f"the uploaded rows stay there: run {other} trains on them next and deletes them", {}),)
    try:
        gone = world.provider.forget_rows(row.data["job"])
    except ProviderUnavailable:
        raise
    except ProviderError as error:
        return (("message", f"the uploaded rows stay there: {error.message}; `ft sweep` tries again", {}),)
    return (("message", f"uploaded rows were deleted there: {', '.join(gone)}", {"files": list(gone)}),) if gone else ()


def deploy(row: RunRow, world: World) -> Transition:
    """Make the tuned model callable; a no-op where tuned models serve themselves."""
    model = row.data["result"]["model"]
    done = world.effect(f"deploy:{model}:{row.id}", lambda _age: {"deployment": world.provider.deploy(model)})
    assert done is not None  # act always answers
    following: Phase = "evaluate" if world.plan.spec.spec.evaluation else "await_approval"
    said = "the tuned model can be called"
    stands = {"deployed_at": claimed_at(row)} if done["deployment"] != model else {}
    return Transition(following, {"deployment": done["deployment"], **stands}, (entered(following, said),))


def has_own_deployment(row: RunRow) -> bool:
    """Whether a separately paid deployment serves the tuned model (elsewhere it is called by its own name)."""
    return row.data.get("deployment", "") not in ("", row.data.get("result", {}).get("model"))


def tear_down(row: RunRow, world: World) -> Transition:
    """Stop serving what nobody will call, then end as the run was going to end."""
    world.provider.undeploy(row.data["deployment"])
    ends_as = row.data["ends_as"]
    return Transition(ends_as, {"deployment": ""}, (entered(ends_as, "the deployment was stopped"),), row.failure)


def _told(poll: Poll, known: dict[str, Any]) -> tuple[EventDraft, ...]:
    drafts: list[EventDraft] = []
    beside = {name: known[name] for name in ("seconds_left", "usd")}
    if poll.metrics:
        last = poll.metrics[-1]
        steps = [metric.model_dump() for metric in poll.metrics]
        held_out = [metric.validation_loss for metric in poll.metrics if metric.validation_loss is not None]
        said = f"step {last.step}/{last.steps}: loss {last.loss:.3f}"
        said += f", on validation rows {held_out[-1]:.3f}" if held_out else ""
        drafts.append(("metric", said, {"metrics": steps} | beside))
    if poll.progress is not None:
        data = poll.progress.model_dump() | beside | ({"loss": poll.metrics[-1].loss} if poll.metrics else {})
        text = f"{poll.progress.stage}: step {poll.progress.step} of {poll.progress.steps}"
        drafts.append(("progress", text, data))
    return tuple(drafts)
