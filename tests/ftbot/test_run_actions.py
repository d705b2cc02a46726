"""Pause, resume, cancel and retry from a card: who may, what it says, what the run does."""

from __future__ import annotations

import itertools
import json
import re

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


async def test_a_muted_card_stands_still_until_the_run_has_ended_and_its_thread_is_quiet(
    slack: StandIn, project: Workspace, ben: Person
) -> None:
    async with running(slack, settings_for(slack, project, runs_channel=RUNS_CHANNEL), "socket") as found:
        found.bot.cards._clock = itertools.count(1e6, 1e6).__next__  # every look may draw
        run = project.apply("specs/example.yaml", actor="github:ben-b")
        card = await the_card(slack)
        await ben.click(card, "ft:run:mute")
        await eventually(lambda: "ft:run:unmute" in says(card))
        assert "muted until the run has ended" in says(card)
        edits = card.edits
        run.pause("github:ben-b")
        await found.bot.cards.look()
        await eventually(lambda: run.row.pause_requested)
        assert await found.bot.cards.look() == 0
        assert card.edits == edits
        run.resume("github:ben-b")
        run.wait()
        await eventually(lambda: "done" in card.text, 10)
        await eventually(lambda: run.comparison is not None)
        assert await found.bot.cards.look() == 0
        assert len(slack.messages(RUNS_CHANNEL)) == 1, "no line and no comparison in the thread"
        assert "ft:run:compare" in says(card), "but a button on the card"


async def test_an_unmuted_card_moves_again(slack: StandIn, project: Workspace, ben: Person) -> None:
    async with running(slack, settings_for(slack, project, runs_channel=RUNS_CHANNEL), "http"):
        run = project.apply("specs/example.yaml", actor="github:ben-b")
        card = await the_card(slack)
        await ben.click(card, "ft:run:mute")
        await eventually(lambda: "ft:run:unmute" in says(card))
        await ben.click(card, "ft:run:unmute")
        await eventually(lambda: '"ft:run:mute"' in says(card))
        run.wait()
        await eventually(lambda: len(slack.messages(RUNS_CHANNEL)) == 3, 10)


async def test_whoever_is_not_of_the_project_mutes_nothing(slack: StandIn, project: Workspace) -> None:
    dora = slack.person("U000DORA")
    async with running(slack, settings_for(slack, project, runs_channel=RUNS_CHANNEL), "http"):
        project.apply("specs/example.yaml", actor="github:ben-b")
        card = await the_card(slack)
        await dora.click(card, "ft:run:mute")
        await eventually(lambda: any("Nobody in ftsdk.yaml has your account" in one.text for one in dora.ephemerals))
        assert "ft:run:unmute" not in says(card)


async def test_times_are_in_the_zone_of_whoever_reads_them(slack: StandIn, project: Workspace, ben: Person) -> None:
    """Every time is a date that Slack draws for its reader; UTC is only what clients without dates show."""
    async with running(slack, settings_for(slack, project, runs_channel=RUNS_CHANNEL), "http"):
        run = project.apply("specs/example.yaml", actor="github:ben-b")
        card = await the_card(slack)
        await ben.command("runs", RUNS_CHANNEL)
        listed = (await eventually(lambda: ben.ephemerals))[0]
        for shown in (card, listed):
            dates = re.findall(r'"type": "date", "timestamp": (\d+)', says(shown))
            assert dates
            assert abs(int(dates[0]) - run.row.updated_at) < 600
            without = re.sub(r'"fallback": "[^"]*"', "", says(shown))
            assert "UTC" not in without, "a time that is not drawn for its reader"
