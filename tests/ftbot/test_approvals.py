"""Approving in Slack: who may, what it is bound to, what everybody sees; over HTTP and over Socket Mode."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from ftbot.standin import StandIn, eventually
from ftbot.standin.person import Person
from ftbot.standin.state import Message
from ftsdk.runs.approvals import Ask
from ftsdk.runs.audit import entries
from ftsdk.workspace import Workspace
from tests.ftbot.conftest import RUNS_CHANNEL, TEAM_CHANNEL, Running, running, settings_for

pytestmark = pytest.mark.anyio

DIGEST = "sha256:" + "4c1e" * 16


@pytest.fixture
def project(team_project: Workspace) -> Workspace:
    return team_project


@pytest.fixture(params=["http", "socket"])
async def live(request: pytest.FixtureRequest, slack: StandIn, project: Workspace) -> AsyncIterator[Running]:
    async with running(slack, settings_for(slack, project, runs_channel=RUNS_CHANNEL), request.param) as found:
        yield found


@pytest.fixture
def ana(slack: StandIn) -> Person:
    return slack.person("U0000ANA", "ana")


@pytest.fixture
def ben(slack: StandIn) -> Person:
    return slack.person("U0000BEN", "ben")


@pytest.fixture
def cleo(slack: StandIn) -> Person:
    return slack.person("U000CLEO", "cleo")


def asks(project: Workspace, needed: int = 1, digest: str = DIGEST, expires: float = 3 * 24 * 3600.0) -> None:
    """Ana wants to start a run for $212."""
    wanted = Ask(digest=digest, act="start", name="tickets", usd=Decimal(212), requested_by="slack:T0STANDIN/U0000ANA",
                 needed=needed, approvers=("group:leads",))  # fmt: skip
    project.approvals.ask(wanted, expires)


def says(message: Message) -> str:
    return json.dumps(message.body, ensure_ascii=False)


def has_buttons(message: Message) -> bool:
    return any(block["type"] == "actions" for block in message.body["blocks"])


async def in_channel(slack: StandIn) -> Message:
    found: Message = (await eventually(lambda: slack.messages(RUNS_CHANNEL)))[0]
    return found


async def test_who_may_decide_is_asked_in_the_channel_and_directly_and_the_requester_is_not(
    live: Running, slack: StandIn, project: Workspace, ana: Person, ben: Person, cleo: Person
) -> None:
    asks(project)
    message = await in_channel(slack)
    assert message.text == "Approval needed: start tickets, at most $212.00"
    await eventually(lambda: ben.dms and cleo.dms)
    assert "4c1e4c1e4c1e" in says(ben.dms[0])
    assert ana.dms == []


async def test_a_click_approves_and_every_copy_says_who_and_when(
    live: Running, slack: StandIn, project: Workspace, ana: Person, ben: Person, cleo: Person
) -> None:
    asks(project)
    message = await in_channel(slack)
    await eventually(lambda: ben.dms and cleo.dms)
    await ben.click(message, "ft:approve")
    await eventually(lambda: not has_buttons(message) and not has_buttons(cleo.dms[0]) and not has_buttons(ben.dms[0]))
    assert message.text.startswith("Approved: ")
    assert "U0000BEN" in says(message)
    assert project.approvals.approved(DIGEST, "start", Decimal(212))
    assert not project.approvals.approved(DIGEST, "start", Decimal(213)), "bound to the amount"
    await eventually(lambda: any("You approved" in said.text for said in ben.ephemerals))
    told = (await eventually(lambda: ana.dms))[0]
    assert told.text.startswith("Approved: ")
    assert "approval.approve" in {entry.action for entry in entries(project.database)}


async def test_the_requester_and_strangers_to_the_project_decide_nothing(
    live: Running, slack: StandIn, project: Workspace, ana: Person
) -> None:
    asks(project)
    message = await in_channel(slack)
    await ana.click(message, "ft:approve")
    await eventually(lambda: any("asked for this and cannot decide" in one.text for one in ana.ephemerals))
    dora = slack.person("U000DORA")
    await dora.click(message, "ft:approve")
    await eventually(lambda: any("nobody in ftsdk.yaml" in one.text for one in dora.ephemerals))
    gone = slack.person("U0000BEN")
    gone.user.deleted = True
    await gone.click(message, "ft:approve")
    await eventually(lambda: gone.ephemerals)
    assert project.approvals.list()[0].votes == ()


async def test_when_slack_does_not_say_who_somebody_is_nothing_is_decided(
    live: Running, slack: StandIn, project: Workspace, ben: Person
) -> None:
    asks(project)
    message = await in_channel(slack)
    slack.faults.plan("users.info", *["server_error"] * 20)
    await ben.click(message, "ft:approve")
    await eventually(lambda: len(slack.faults._planned["users.info"]) < 20)
    assert project.approvals.list()[0].votes == ()


async def test_a_rejection_has_a_reason_that_the_requester_reads(
    live: Running, slack: StandIn, project: Workspace, ana: Person, ben: Person
) -> None:
    asks(project)
    message = await in_channel(slack)
    await ben.click(message, "ft:reject:modal")
    await eventually(lambda: ben.view)
    await ben.submit({"reason": "wait for the new <!channel> rows"})
    await eventually(lambda: message.text.startswith("Rejected: "))
    assert "wait for the new" in says(message)
    told = (await eventually(lambda: ana.dms))[0]
    assert "wait for the new" in says(told)
    assert not project.approvals.approved(DIGEST, "start", Decimal(1))


async def test_two_people_are_needed_where_two_are_asked_for(
    live: Running, slack: StandIn, project: Workspace, ben: Person, cleo: Person
) -> None:
    asks(project, needed=2)
    message = await in_channel(slack)
    await ben.click(message, "ft:approve")
    await ben.click(message, "ft:approve")
    await eventually(lambda: any("1 more must agree" in one.text for one in ben.ephemerals))
    assert not project.approvals.approved(DIGEST, "start", Decimal(212))
    await cleo.click(message, "ft:approve")
    await eventually(lambda: message.text.startswith("Approved: "))
    assert project.approvals.approved(DIGEST, "start", Decimal(212))


async def test_a_click_on_what_was_decided_is_answered_even_by_another_process(
    slack: StandIn, project: Workspace, ben: Person, cleo: Person
) -> None:
    settings = settings_for(slack, project, runs_channel=RUNS_CHANNEL)
    asks(project)
    async with running(slack, settings, "http"):
        message = await in_channel(slack)
        old = Message(message.channel, message.ts, json.loads(json.dumps(message.body)))
        await ben.click(message, "ft:approve")
        await eventually(lambda: message.text.startswith("Approved: "))
    async with running(slack, settings, "http"):
        await cleo.click(old, "ft:approve")
        await eventually(lambda: any("is approved, by ben" in one.text for one in cleo.ephemerals))
    assert len(project.approvals.list(open_only=False)[0].votes) == 1


async def test_a_newer_plan_takes_the_place_of_an_older_one(
    live: Running, slack: StandIn, project: Workspace, ben: Person
) -> None:
    asks(project)
    message = await in_channel(slack)
    asks(project, digest="sha256:" + "beef" * 16)
    await eventually(lambda: "newer plan" in message.text)
    newer = (await eventually(lambda: slack.messages(RUNS_CHANNEL)[1:]))[0]
    await ben.click(newer, "ft:approve")
    await eventually(lambda: newer.text.startswith("Approved: "))
    assert not project.approvals.approved(DIGEST, "start", Decimal(1))


async def test_shortly_before_it_runs_out_everybody_is_reminded_once(
    live: Running, slack: StandIn, project: Workspace, ana: Person, ben: Person
) -> None:
    asks(project, expires=3600.0)
    live.bot.desk._clock = lambda: project.approvals.list()[0].expires_at - 600
    await eventually(lambda: any("Still waiting" in one.text for one in ben.dms))
    for _look in range(3):
        await live.bot.desk.look()
    await ben.says("help")
    await eventually(lambda: any("can do" in one.text for one in ben.dms))
    assert sum("Still waiting" in one.text for one in ben.dms) == 1
    assert ana.dms == []


async def test_what_was_decided_before_the_bot_came_is_not_told(
    slack: StandIn, project: Workspace, ben: Person, ana: Person
) -> None:
    asks(project)
    project.approvals.decide(DIGEST, "github:ben-b", "approve")
    async with running(slack, settings_for(slack, project, runs_channel=RUNS_CHANNEL), "socket") as found:
        assert await found.bot.desk.look() == 0
        await ana.command("help", TEAM_CHANNEL)
        await eventually(lambda: ana.ephemerals)
    assert slack.messages(RUNS_CHANNEL) == []
    assert ana.dms == []


# -- budget and Home ---------------------------------------------------------------------------------------------------


async def test_budget_says_what_is_left(live: Running, ana: Person) -> None:
    await ana.command("budget", TEAM_CHANNEL)
    assert (await eventually(lambda: ana.ephemerals))[-1].text.startswith("support: $500.00 left of $500.00")
    await ana.command("budget marketing", TEAM_CHANNEL)
    assert "no team called" in (await eventually(lambda: ana.ephemerals[1:]))[-1].text


def home_words(person: Person) -> str:
    return json.dumps(person.home.content, ensure_ascii=False) if person.home else ""


async def test_home_shows_what_waits_for_whom_and_decides_there(
    live: Running, slack: StandIn, project: Workspace, ana: Person, ben: Person
) -> None:
    asks(project)
    for person in (ana, ben):
        await person.opens_home()
    await eventually(lambda: ana.home and ben.home)
    assert "Waiting for you (1)" in home_words(ben)
    assert "Nothing waits for you" in home_words(ana), "who asked does not decide"
    assert "support" in home_words(ana)
    view: Any = ben.home
    await ben.click(view, "ft:approve")
    await eventually(lambda: "Nothing waits for you" in home_words(ben))
    assert project.approvals.approved(DIGEST, "start", Decimal(212))
    await eventually(lambda: any("You approved" in one.text for one in ben.dms))


async def test_home_shows_my_runs(live: Running, project: Workspace, ben: Person) -> None:
    project.apply("specs/example.yaml", actor="github:ben-b")
    await ben.opens_home()
    await eventually(lambda: '"r1"' in home_words(ben))
    view: Any = ben.home
    await ben.click(view, "ft:home:refresh")
    await eventually(lambda: ben.home is not view)


async def test_the_messages_tab_is_not_the_home_tab(live: Running, ben: Person) -> None:
    await ben.opens_home("messages")
    await ben.command("help", TEAM_CHANNEL)
    await eventually(lambda: ben.ephemerals)
    assert ben.home is None
