"""How far a merged spec can go now: applied as whoever opened its pull request, and what that is told."""

from __future__ import annotations

from typing import NamedTuple

import ftsdk
from ftbot.merged import Merge

FINDINGS_SHOWN = 20


class Settled(NamedTuple):
    """What became of a merge, and the text of its pull request's comment."""

    merge: Merge
    text: str


def settle(workspace: ftsdk.Workspace, merge: Merge) -> Settled:
    """Plan and apply a merged spec, or look how its run stands.

    Raises StoreRefused, ProviderUnavailable when it must be tried again without a word.
    """
    if merge.state == "started":
        return _run_stands(workspace, merge)
    if workspace.people.of(f"github:{merge.author}") is None:
        who = ftsdk.report.inert(merge.author) or "nobody"
        return _refused(merge, f"nobody in `ftsdk.yaml` has the login {who}", "map it under people, then merge again")
    try:
        return _apply(workspace, merge)
    except (ftsdk.errors.StoreRefused, ftsdk.errors.ProviderUnavailable):
        raise
    except (ftsdk.errors.StateLocked, ftsdk.errors.BudgetStop) as error:
        return Settled(merge._replace(state="waiting"), _comment(merge, f"waits: {ftsdk.report.inert(error.message)}"))
    except ftsdk.FtsdkError as error:
        found = error.findings[:FINDINGS_SHOWN] if isinstance(error, ftsdk.errors.SpecError) else ()
        findings = "\n".join(f"- {ftsdk.report.inert(str(one))}" for one in found)
        return _refused(
            merge, ftsdk.report.inert(error.message), ftsdk.report.inert(error.help or "merge a changed spec"), findings
        )


def _apply(workspace: ftsdk.Workspace, merge: Merge) -> Settled:
    plan = workspace.plan(workspace.root / merge.spec)
    said_no = _turned_down(workspace, plan)
    if said_no:
        return _refused(merge, said_no, "merge a changed spec, or have it applied by hand")
    if plan.change == "none":
        return Settled(merge._replace(state="ended"), _comment(merge, "nothing changes: there is a run of this plan"))
    shown = ftsdk.report.markdown(plan)
    try:
        run = workspace.apply(plan, actor=f"github:{merge.author}")
    except (ftsdk.errors.ApprovalNeeded, ftsdk.errors.PlanStale) as error:
        waits = f"waits for people: {ftsdk.report.inert(error.message)}. They were asked in Slack."
        return Settled(merge._replace(state="waiting"), _comment(merge, waits, shown))
    started = f"run `{run.id}` was started, asked for by {ftsdk.report.inert(merge.author)}"
    return Settled(merge._replace(state="started", run=run.id), _comment(merge, started, shown))


def _turned_down(workspace: ftsdk.Workspace, plan: ftsdk.Plan) -> str:
    """Who said no to this very plan, and why; that nobody said anything in time; or nothing."""
    acts = [last for need in plan.needs if (last := workspace.approvals.last(plan.digest, need.act)) is not None]
    for one in acts:
        if one.state == "rejected":
            vote = next(vote for vote in one.votes if vote.decision == "reject")
            because = f": {ftsdk.report.inert(vote.reason)}" if vote.reason else ""
            return f"{ftsdk.report.inert(vote.person)} said no{because}"
        if one.state == "expired":
            return "nobody agreed in time"
    return ""


def _run_stands(workspace: ftsdk.Workspace, merge: Merge) -> Settled:
    run = workspace.run(merge.run)
    if not run.ended:
        text = f"run `{run.id}` was started, asked for by {ftsdk.report.inert(merge.author)}"
        return Settled(merge, _comment(merge, text, ftsdk.report.markdown(run.plan)))
    row = run.row
    why = f": {ftsdk.report.inert(row.failure.message)}" if row.failure else ""
    comparison = run.comparison
    shown = ftsdk.report.markdown(comparison) if comparison is not None else ""
    return Settled(merge._replace(state="ended"), _comment(merge, f"run `{run.id}` is {row.phase}{why}", shown))


def _refused(merge: Merge, why: str, step: str, more: str = "") -> Settled:
    text = f"was not applied: {why}. Nothing was started.\n\nNext: {step}"
    return Settled(merge._replace(state="refused"), _comment(merge, text, more))


def _comment(merge: Merge, text: str, more: str = "") -> str:
    return f"`{ftsdk.report.inert(merge.spec)}` at `{merge.commit[:12]}` {text}\n\n{more}".rstrip()
