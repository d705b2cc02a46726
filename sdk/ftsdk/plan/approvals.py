"""Who must agree before a plan may spend or promote: the spec's and the project's rules applied to one plan; pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ftsdk.errors import PolicyDenied
from ftsdk.plan.teams import team_of
from ftsdk.plan.value import Act, Need, Plan
from ftsdk.spec.fields import as_timedelta
from ftsdk.spec.model import Project
from ftsdk.spec.people import Approvals


def needs(plan: Plan, project: Project) -> tuple[Need, ...]:
    """What people must agree to; empty when nobody must.

    Raises PolicyDenied when somebody must agree and the rules name nobody who could.
    """
    usd = Decimal(str(plan.usd.high))
    rule, body = project.spec.policy.approvals, plan.spec.spec
    found = list(_overrides(plan, project, usd))
    above = body.budget.on_estimate_above == "require_approval" and _is_above(usd, body.budget.max_usd)
    binding = rule is not None and rule.level != "advisory"
    asked = rule is not None and binding and (rule.above_usd is None or usd > rule.above_usd)
    if above or asked:
        found.append(_need(plan, project, "start", usd, rule if rule is not None else Approvals()))
    if body.promote is not None and body.promote.when == "gates_pass":
        wanted = body.promote.approvals or (rule if asked else None)
        if wanted is not None:
            found.append(_need(plan, project, "promote", Decimal(0), wanted))
    return tuple(found)


def _overrides(plan: Plan, project: Project, usd: Decimal) -> Iterator[Need]:
    """Somebody may override rules that are soft, where the project says who; else the plan is denied."""
    broken = [verdict for verdict in plan.policy if not verdict.passed and verdict.level == "soft_mandatory"]
    if not broken:
        return
    approvers = project.spec.policy.overrides_from
    if not approvers:
        raise PolicyDenied(
            f"{plan.name}: {'; '.join(verdict.message for verdict in broken)}; nothing was done",
            help="mend it, or say in policy.overrides_from of ftsdk.yaml who may override soft_mandatory rules",
        )
    expires = as_timedelta(Approvals().expires).total_seconds()
    yield Need(act="override", usd=usd, count=1, approvers=approvers, expires_seconds=expires)


def _is_above(usd: Decimal, ceiling: Decimal | None) -> bool:
    return ceiling is not None and usd > ceiling


def _need(plan: Plan, project: Project, act: Act, usd: Decimal, rule: Approvals) -> Need:
    team = project.spec.teams.get(team_of(plan.spec, plan.spec_path, project) or "")
    approvers = rule.from_ or (team.owners if team else ())
    if not approvers:
        raise PolicyDenied(
            f"{plan.name} needs somebody to agree before it may {act}, and ftsdk.yaml names nobody; nothing was done",
            help="name people or groups in policy.approvals.from, or owners of the team that the spec belongs to",
        )
    return Need(
        act=act,
        usd=usd,
        count=rule.count,
        approvers=approvers,
        expires_seconds=as_timedelta(rule.expires).total_seconds(),
    )
