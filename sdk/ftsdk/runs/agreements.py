"""Whether people agree: what a plan needs, asked for once, and void when what they agreed to has changed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from pydantic import ValidationError

from ftsdk.errors import ApprovalNeeded, FtsdkError, PlanStale, PolicyDenied
from ftsdk.plan.stale import moved
from ftsdk.plan.value import Act, Need, Plan
from ftsdk.runs.approvals import Approval, Approvals, Ask
from ftsdk.runs.transition import Agreement
from ftsdk.runs.value import RunRow


class Agreements:
    """The agreements of one project.

    ``plan_now`` plans the spec of a path again, as everything is at that moment.
    """

    def __init__(self, approvals: Approvals, plan_now: Callable[[str], Plan]) -> None:
        self._approvals = approvals
        self._plan_now = plan_now

    def require_start(self, plan: Plan, requested_by: str) -> None:
        """Let a plan start only when those who must agree did.

        Raises ApprovalNeeded, having asked, when they have not yet; PlanStale when they agreed to another plan of
        this spec; PolicyDenied when nobody knows who asks. Nothing is spent either way.
        """
        acts: tuple[Act, ...] = ("override", "start")  # one voids the other's asks, so they are asked for in turn
        for act in acts:
            self._require(plan, act, requested_by)

    def _require(self, plan: Plan, act: Act, requested_by: str) -> None:
        need = _need(plan, act)
        if need is None or self._approvals.approved(plan.digest, act, need.usd):
            return
        if self._approvals.person(requested_by) is None:
            raise PolicyDenied(
                f"{plan.name} needs somebody else to agree, and nobody in ftsdk.yaml has the account {requested_by}: "
                "who asks must be known, so that they cannot agree with themselves. Nothing was started",
                help="set GITHUB_TOKEN or FTSDK_ID_TOKEN to a token of yours, ask in Slack, or map the account under "
                "people",
            )
        before = self._approvals.agreed(plan.name, act)
        approval = self._approvals.ask(
            _ask(plan, need, requested_by), need.expires_seconds, plan.model_dump_json(by_alias=True)
        )
        if before is not None and before.digest != plan.digest:
            raise PlanStale(
                f"{plan.name} was approved as {_short(before.digest)} and has changed since: "
                f"{self._what_moved(before, plan)}. Nothing was started; the new plan {_short(plan.digest)} waits for "
                "approval",
                help=_how(approval),
            )
        raise ApprovalNeeded(
            f"{plan.name} may cost ${need.usd:.2f} and needs {need.count} of {', '.join(need.approvers)} to agree; "
            "nothing was started",
            help=_how(approval),
        )

    def _what_moved(self, before: Approval, plan: Plan) -> str:
        try:
            return "; ".join(moved(Plan.model_validate_json(self._approvals.asked_plan(before) or ""), plan))
        except ValidationError:  # asked for by another version, or without its plan
            return "its spec, data, policy or prices"

    def moved(self, plan: Plan) -> str | None:
        """What a start was approved on and has changed since, as a sentence; None when it holds or none was needed."""
        if _need(plan, "start") is None:
            return None
        try:
            now = self._plan_now(plan.spec_path)
        except FtsdkError as error:
            return f"{plan.name} can no longer be planned as it was approved ({error.message})"
        if now.digest == plan.digest:
            return None
        what = "; ".join(moved(plan, now))
        return f"{plan.name} was approved as {_short(plan.digest)} and has changed since: {what}"

    def promotion(self, plan: Plan, row: RunRow) -> Agreement:
        """Whether those who must agree to this run's promotion did; asks them when nobody has asked yet."""
        need = _need(plan, "promote")
        if need is None:
            return "not needed"
        digest = f"{plan.digest}:{row.id}"  # agreed to for one run's figures, not for every model of this plan
        if self._approvals.approved(digest, "promote", Decimal(0)):
            return "agreed"
        last = self._approvals.last(digest, "promote")
        if last is not None and last.state == "rejected":
            return "refused"
        ask = _ask(plan, need, row.requested_by or "system").model_copy(update={"digest": digest})
        self._approvals.ask(ask, need.expires_seconds)
        return "waiting"


def _need(plan: Plan, act: Act) -> Need | None:
    """Who must agree, by the rules under which the plan was made: what people are asked is what they see."""
    return next((need for need in plan.needs if need.act == act), None)


def _ask(plan: Plan, need: Need, requested_by: str) -> Ask:
    return Ask(
        digest=plan.digest,
        act=need.act,
        name=plan.name,
        usd=need.usd,
        requested_by=requested_by,
        needed=need.count,
        approvers=need.approvers,
    )


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]


def _how(approval: Approval) -> str:
    return f"one of them gives `ft approve {_short(approval.digest)}`, then apply again"
