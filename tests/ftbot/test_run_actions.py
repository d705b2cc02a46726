"""Pause, resume, cancel and retry from a card: who may, what it says, what the run does."""

from __future__ import annotations

import json

import pytest

from ftbot.standin import StandIn, eventually
from ftbot.standin.person import Person
from ftbot.standin.state import Message
from ftsdk.workspace import Workspace
from tests.ftbot.conftest import RUNS_CHANNEL, running, settings_for

pytestmark = pytest.mark.anyio


@pytest.fixture
def project(team_project: Workspace) -> Workspace:
    return team_project


@pytest.fixture
def ben(slack: StandIn) -> Person:
    return slack.person("U0000BEN", "ben")


def says(message: Message) -> str:
    return json.dumps(message.body, ensure_ascii=False)


async def the_card(slack: StandIn) -> Message:
    found: Message = (await eventually(lambda: slack.messages(RUNS_CHANNEL)))[0]
    return found


async def test_a_run_is_paused_resumed_and_cancelled_from_its_card(
    slack: StandIn,
    project: Workspace,
    ben: Person,
) -> None:
    settings = settings_for(slack, project, runs_channel=RUNS_CHANNEL)
    async with running(slack, settings, "socket") as found:
        run = project.apply("specs/example.yaml", actor="github:ben-b")
        card = await the_card(slack)
        assert "U0000BEN" in says(card), "who started it"
        found.bot.cards._clock = lambda: 1e9  # the next edits are due at once
        await ben.click(card, "ft:run:pause")
        await eventually(lambda: run.row.pause_requested)
        await eventually(lambda: any("will stand still" in one.text for one in ben.ephemerals))
        found.bot.cards._clock = lambda: 2e9
        await ben.command("status r1", RUNS_CHANNEL)
        shown = (await eventually(lambda: [one for one in ben.ephemerals if "paused" in one.text]))[-1]
        await ben.click(shown, "ft:run:resume")
        await eventually(lambda: not run.row.pause_requested)
        await ben.click(card, "ft:run:cancel")
        await eventually(lambda: run.row.cancel_requested)
        run.wait()
        await eventually(lambda: "ft:run:retry" in says(card), 10)
        assert "cancelled" in card.text
        await ben.click(card, "ft:run:retry")
        await eventually(lambda: not run.ended)
        await eventually(lambda: "cancelled" not in card.text, 10)


async def test_whoever_is_not_of_the_project_stops_nothing(
    slack: StandIn,
    project: Workspace,
) -> None:
    dora = slack.person("U000DORA")
    async with running(slack, settings_for(slack, project, runs_channel=RUNS_CHANNEL), "http"):
        run = project.apply("specs/example.yaml", actor="github:ben-b")
        card = await the_card(slack)
        await dora.click(card, "ft:run:cancel")
        await eventually(lambda: any("Nobody in ftsdk.yaml has your account" in one.text for one in dora.ephemerals))
        assert not run.row.cancel_requested


async def test_a_button_that_comes_too_late_says_so(
    slack: StandIn,
    project: Workspace,
    ben: Person,
) -> None:
    async with running(slack, settings_for(slack, project, runs_channel=RUNS_CHANNEL), "socket"):
        run = project.apply("specs/example.yaml", actor="github:ben-b")
        card = await the_card(slack)
        early = Message(card.channel, card.ts, json.loads(json.dumps(card.body)))
        run.wait()
        await eventually(lambda: "done" in card.text, 10)
        assert "ft:run:cancel" not in says(card)
        await ben.click(early, "ft:run:cancel")
        await eventually(lambda: any("has ended already" in one.text for one in ben.ephemerals))
