"""Whose money a run spends: the team of a spec, its month, and the ceilings that hold."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ftsdk.errors import BudgetStop, SpecError
from ftsdk.spec.defaults import matches
from ftsdk.spec.model import FineTune, Project
from ftsdk.values import Value

ALL_TEAMS = "*"


class Hold(Value):
    """Money to hold while a run goes on: at most ``usd`` of a team's month, whose ceiling is ``limit`` (None: none)."""

    team: str
    month: str
    usd: Decimal
    limit: Decimal | None


def team_of(spec: FineTune, spec_path: str, project: Project) -> str | None:
    """The team that a spec names, else the first whose paths it lies in, else None; ``spec_path`` is from the root."""
    if spec.metadata.team is not None:
        return spec.metadata.team
    teams = project.spec.teams.items()
    return next((name for name, team in teams if any(matches(path, spec_path) for path in team.paths)), None)


def holds(team: str | None, usd: Decimal, project: Project, now: datetime) -> tuple[Hold, ...]:
    """What a run of at most ``usd`` must hold: of its team's month, and of all teams' where something looks at that.

    ``now`` is aware; a run is of the month that it is in the zone of its team, also among all teams. Raises BudgetStop
    when one run may not cost as much, SpecError for a zone that nobody knows.
    """
    declared = project.spec.teams.get(team) if team else None
    _refuse_above(usd, f"of team {team}", declared.budget.usd_per_run if declared else None)
    _refuse_above(usd, "of this project", project.spec.budget.usd_per_run)
    found = []
    if team is not None:
        limit = declared.budget.usd_per_month if declared else None
        found.append(Hold(team=team, month=month_of(team, project, now), usd=usd, limit=limit))
    if project.spec.budget.usd_per_month is not None or project.spec.policy.max_usd_per_month is not None:
        limit = project.spec.budget.usd_per_month
        found.append(Hold(team=ALL_TEAMS, month=month_of(team, project, now), usd=usd, limit=limit))
    return tuple(found)


def month_of(team: str | None, project: Project, now: datetime) -> str:
    """The month that it is for a team, in its own zone; without a team in UTC. Raises SpecError for an unknown zone."""
    declared = project.spec.teams.get(team) if team else None
    return _month(now, declared.time_zone if declared else "UTC")


def months(project: Project, now: datetime) -> tuple[tuple[str, str, Decimal | None], ...]:
    """Every team with the month it is in and that month's ceiling; all teams together last, where they have one.

    ``now`` is aware. Raises SpecError for a zone that nobody knows.
    """
    found = [
        (name, _month(now, team.time_zone), team.budget.usd_per_month) for name, team in project.spec.teams.items()
    ]
    ceiling = project.spec.budget.usd_per_month
    return (*found, *(() if ceiling is None else ((ALL_TEAMS, _month(now, "UTC"), ceiling),)))


def _refuse_above(usd: Decimal, whose: str, ceiling: Decimal | None) -> None:
    if ceiling is not None and usd > ceiling:
        raise BudgetStop(
            f"it may cost ${usd:.2f}, and a run {whose} may cost ${ceiling:.2f}; nothing was started",
            help="train on fewer rows or epochs, or raise usd_per_run in ftsdk.yaml",
        )


def _month(now: datetime, zone: str) -> str:
    try:
        return now.astimezone(ZoneInfo(zone)).strftime("%Y-%m")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SpecError(
            f"ftsdk.yaml: nobody knows the time zone {zone!r}; nothing was started",
            help="write one such as Europe/Berlin",
        ) from None
