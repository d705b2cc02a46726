"""Regular challenges: which aliases are due, by `challenge` of ftsdk.yaml or by their model's end, and asking them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from ftsdk.errors import FtsdkError, UsageError
from ftsdk.registry import Resolved
from ftsdk.registry.radar import SOON_DAYS, Life
from ftsdk.runs.artefacts import Artefacts
from ftsdk.runs.challenge import Challenge, Finding
from ftsdk.runs.comparisons import read_comparison
from ftsdk.spec.fields import as_timedelta
from ftsdk.spec.model import Challenge as Schedule
from ftsdk.spec.model import Project
from ftsdk.values import Value

AGAIN = timedelta(days=1)
"""When a challenge that broke off or could not be asked has its turn again."""


class Challenged(Value):
    """When an alias was last challenged by CONNECTION:ID, and what came of it; no finding while that is not known."""

    alias: str
    challenger: str
    at: datetime
    why: str
    finding: Finding | None = None
    sentence: str = ""
    usd: float | None = None


class Due(NamedTuple):
    """What is to be asked now: an alias, a model of a connection, its prompt (the alias's when None), and why."""

    alias: str
    connection: str
    model: str
    prompt: str | None
    why: str

    @property
    def challenger(self) -> str:
        """CONNECTION:ID."""
        return f"{self.connection}:{self.model}"


def schedule_of(project: Project) -> Schedule:
    """`challenge` of ftsdk.yaml; raises UsageError where there is none."""
    if project.spec.challenge is None:
        help = "add `challenge: {every: 30d, max_usd: 5, models: [CONNECTION:ID]}`"
        raise UsageError("ftsdk.yaml has no challenge", help=help)
    return project.spec.challenge


def due(
    schedule: Schedule, aliases: Iterable[Resolved], lives: Iterable[Life], artefacts: Artefacts, now: datetime
) -> Iterator[Due]:
    """What was never asked, was asked too long ago, or was asked before the end of the alias's model came near."""
    ends = {life.alias: life for life in lives}
    for resolved in aliases:
        for connection, model, prompt in _challengers(schedule, resolved, artefacts):
            last = last_challenge(artefacts, resolved.alias, f"{connection}:{model}")
            if why := _why(schedule, last, ends.get(resolved.alias), now):
                yield Due(resolved.alias, connection, model, prompt, why)


def last_challenge(artefacts: Artefacts, alias: str, challenger: str) -> Challenged | None:
    """The last challenge of an alias by a model."""
    content = artefacts.get(_key(alias, challenger))
    return None if content is None else Challenged.model_validate_json(content)


def ask_due(
    wanted: Iterable[Due], artefacts: Artefacts, ask: Callable[[Due], Challenge], now: Callable[[], datetime]
) -> Iterator[Challenged]:
    """Ask one after another and write down what came of it; one that cannot be asked is told with the reason."""
    for one in wanted:
        begun = Challenged(alias=one.alias, challenger=one.challenger, at=now(), why=one.why)
        _keep(artefacts, begun)
        try:
            found = ask(one)
        except FtsdkError as error:
            ended = begun.model_copy(update={"sentence": f"{one.challenger} could not be asked: {error.message}"})
        else:
            said = {"finding": found.finding, "sentence": found.sentence, "usd": found.usd}
            ended = begun.model_copy(update=said)
        _keep(artefacts, ended)
        yield ended


def _challengers(schedule: Schedule, resolved: Resolved, artefacts: Artefacts) -> Iterator[tuple[str, str, str | None]]:
    """The models of the schedule; without any, those that were arms of the alias's own comparison."""
    for named in schedule.models:
        connection, _, model = named.partition(":")
        yield connection, model, None
    if not schedule.models and resolved.comparison:
        for summary in read_comparison(artefacts, resolved.comparison).arms:
            if summary.arm.kind == "model":
                yield summary.arm.connection or resolved.connection, summary.arm.model, summary.arm.system_prompt


def _why(schedule: Schedule, last: Challenged | None, life: Life | None, now: datetime) -> str:
    """Why it is due; empty when it is not."""
    if last is None:
        return "it was never asked"
    if now - last.at >= as_timedelta(schedule.every):
        return f"{schedule.every} have passed"
    if last.finding is None:
        return "the last time brought no finding" if now - last.at >= AGAIN else ""
    near = None if life is None or life.retires is None else life.retires - timedelta(days=SOON_DAYS)
    if life is not None and near is not None and last.at.date() < near <= now.date():
        return f"{life.base_model} ends in {life.days_left} days"
    return ""


def _keep(artefacts: Artefacts, challenged: Challenged) -> None:
    key = _key(challenged.alias, challenged.challenger)
    artefacts.put(key, challenged.model_dump_json(indent=2).encode())


def _key(alias: str, challenger: str) -> str:
    return f"challenges/{alias}/{challenger.replace('/', '_').replace(':', '_')}.json"
