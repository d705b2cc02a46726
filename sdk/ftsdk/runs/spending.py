"""How far a job is and what it has cost, and the end of a job that costs more than its spec allows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ftsdk.errors import ProviderError, ProviderUnavailable
from ftsdk.plan.value import Plan
from ftsdk.providers.base import Poll
from ftsdk.runs.lease import LEASE_SECONDS
from ftsdk.runs.transition import Transition, World, failed
from ftsdk.runs.value import RunRow


def claimed_at(row: RunRow) -> float:
    """When a row was claimed, by the database's clock."""
    return row.lease_until - LEASE_SECONDS


def so_far(row: RunRow, poll: Poll, plan: Plan) -> dict[str, Any]:
    """How far a job is: share done, seconds left and dollars spent; each None while nobody can tell.

    Dollars are the provider's own where it tells, else the likely cost times the share.
    """
    before = row.data.get("so_far", {})
    since, now = before.get("since", claimed_at(row)), claimed_at(row)
    last = poll.metrics[-1] if poll.metrics else None
    share = last.step / last.steps if last and last.steps else before.get("share")
    left = poll.progress.seconds_left if poll.progress else None
    if left is None and share:
        left = (now - since) * (1 - share) / share
    usd = poll.usd if poll.usd is not None else plan.usd.likely * share if share is not None else before.get("usd")
    return {"share": share, "seconds_left": left, "usd": usd, "billed": poll.usd is not None, "since": since, "at": now}


def over_budget(row: RunRow, world: World) -> bool:
    """Whether the job has cost more than its spec's ceiling by now."""
    ceiling, spent = world.plan.spec.spec.budget.max_usd, row.data.get("so_far", {}).get("usd")
    return ceiling is not None and spent is not None and Decimal(str(spent)) > ceiling


def stop_spending(row: RunRow, world: World) -> Transition | None:
    """Ask for a job that costs too much to be stopped; None when its provider could not, which is told once."""
    if row.data.get("over_budget"):
        return None
    said = f"{_spent_said(row)}, more than its ceiling of ${world.plan.spec.spec.budget.max_usd:.2f}"
    try:
        world.provider.cancel(row.data["job"])
    except ProviderUnavailable:
        raise
    except ProviderError as error:
        text = f"the job {said}, and its provider does not stop it ({error.message}); it goes on"
        return Transition("train", {"over_budget": True}, (("message", text, {}),))
    learnt = {"cancel_sent": True, "over_budget": True}
    return Transition("train", learnt, (("message", f"the job {said}; it was asked to stop", {}),))


def too_dear(row: RunRow, world: World) -> Transition:
    """The end of a run whose money is spent."""
    ceiling = world.plan.spec.spec.budget.max_usd
    text = f"the job {_spent_said(row)}, more than its ceiling of ${ceiling:.2f}; it was stopped, no alias moved"
    help = "raise spec.budget.max_usd, or train on fewer rows or epochs, and apply again"
    return failed("budget", text, help, {"job_failed": True, "outcome": "budget"})


def _spent_said(row: RunRow) -> str:
    known = row.data["so_far"]
    return f"has cost {'' if known['billed'] else 'about '}${known['usd']:.2f} by now"
