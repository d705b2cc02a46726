"""When an alias is challenged by itself: never asked, too long ago, or its model ends soon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ftsdk.errors import BudgetStop
from ftsdk.providers.inference import Params
from ftsdk.registry import Resolved
from ftsdk.registry.radar import Life
from ftsdk.runs.artefacts import Artefacts
from ftsdk.runs.challenge import Challenge as Found
from ftsdk.runs.challenges import Due, ask_due, due, last_challenge
from ftsdk.spec.model import Challenge
from tests.ftsdk.report.made import make_comparison

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SCHEDULE = Challenge(every="30d", max_usd=5, models=("openai:small", "other:host:big"))
ALIAS = Resolved(
    alias="tickets@production", version=1, model="m", base_model="base-1", connection="openai", system_prompt="p",
    run="r1", params=Params(max_tokens=8), comparison="", headline="h", promoted_at="2026-01-01",
)  # fmt: skip


def asked(artefacts: Artefacts, at: datetime, *, fails: bool = False) -> list[str]:
    """Ask what is due at a time; who was asked, and why."""

    def ask(one: Due) -> Found:
        if fails:
            raise BudgetStop("evaluation stopped at $5.00", help="raise the ceiling")
        return Found(
            alias=one.alias, challenger=one.challenger, finding="keep", sentence="Keep it.", usd=0.1,
            comparison=make_comparison(4),
        )  # fmt: skip

    wanted = list(due(SCHEDULE, [ALIAS], [life(at)], artefacts, at))
    return [f"{one.challenger}: {one.why}" for one in ask_due(wanted, artefacts, ask, lambda: at)]


def life(at: datetime) -> Life:
    """A model that ends on the last day of September."""
    ends = datetime(2026, 9, 30, tzinfo=UTC)
    return Life(
        alias=ALIAS.alias, model="m", base_model="base-1", retires=ends.date(), days_left=(ends - at).days, source="s"
    )


def test_each_model_is_asked_once_a_period_and_once_more_when_the_end_comes_near(tmp_path: Path) -> None:
    artefacts = Artefacts("artefacts", tmp_path)
    assert asked(artefacts, NOW) == [
        "openai:small: it was never asked",
        "other:host:big: it was never asked",
    ]
    assert asked(artefacts, NOW + timedelta(days=29)) == []
    assert asked(artefacts, NOW + timedelta(days=31)) == [f"{who}: 30d have passed" for who in SCHEDULE.models]
    near = NOW + timedelta(days=60)  # the last day of July, one before sixty days are left; then the day after
    assert asked(artefacts, near) == []
    assert asked(artefacts, near + timedelta(hours=36)) == [f"{who}: 30d have passed" for who in SCHEDULE.models]
    assert asked(artefacts, near + timedelta(days=3)) == []


def test_the_end_of_the_model_asks_before_the_period_does(tmp_path: Path) -> None:
    artefacts = Artefacts("artefacts", tmp_path)
    asked(artefacts, datetime(2026, 7, 25, tzinfo=UTC))
    said = asked(artefacts, datetime(2026, 8, 2, tzinfo=UTC))
    assert said == [f"{who}: base-1 ends in 59 days" for who in SCHEDULE.models]
    assert asked(artefacts, datetime(2026, 8, 3, tzinfo=UTC)) == []


def test_what_could_not_be_asked_is_told_and_has_its_turn_a_day_later(tmp_path: Path) -> None:
    artefacts = Artefacts("artefacts", tmp_path)
    assert len(asked(artefacts, NOW, fails=True)) == 2
    kept = last_challenge(artefacts, ALIAS.alias, "openai:small")
    assert kept is not None
    assert (kept.finding, kept.sentence) == (None, "openai:small could not be asked: evaluation stopped at $5.00")
    assert asked(artefacts, NOW + timedelta(hours=23)) == []
    assert len(asked(artefacts, NOW + timedelta(hours=25))) == 2


def test_without_models_it_is_the_model_arms_of_the_comparison(tmp_path: Path) -> None:
    artefacts = Artefacts("artefacts", tmp_path)
    made = make_comparison(4)
    first = made.arms[0].model_copy(
        update={"arm": made.arms[0].arm.model_copy(update={"kind": "model", "model": "big", "system_prompt": "long"})}
    )
    artefacts.put("c.json", made.model_copy(update={"arms": (first, *made.arms[1:])}).model_dump_json().encode())
    alias = ALIAS.model_copy(update={"comparison": "c.json"})
    found = list(due(Challenge(every="30d", max_usd=5), [alias, ALIAS], [], artefacts, NOW))
    assert [(one.challenger, one.prompt) for one in found] == [("openai:big", "long")]
