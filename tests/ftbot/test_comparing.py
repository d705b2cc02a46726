"""A comparison in Slack: rows side by side, the report as a file, promoted or turned down by whoever may."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ftbot.screens.examples import side_by_side
from ftbot.standin import StandIn, eventually
from ftbot.standin.person import Person
from ftbot.standin.state import Message
from ftsdk.providers.connect import BUILDERS
from ftsdk.runs.audit import entries
from ftsdk.workspace import Workspace
from tests.ftbot.conftest import RUNS_CHANNEL, TEAM_CHANNEL, Running, running, settings_for

pytestmark = pytest.mark.anyio


def says(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)


async def compared(person: Person, project: Workspace) -> Message:
    """The comparison of a finished run, as /ft compare shows it."""
    project.apply("specs/example.yaml", actor="github:ben-b").wait()
    await person.command("compare r1", TEAM_CHANNEL)
    found: Message = (await eventually(lambda: person.ephemerals))[-1]
    return found


async def test_rows_are_looked_at_side_by_side(live: Running, ana: Person, project: Workspace) -> None:
    shown = await compared(ana, project)
    await ana.click(shown, "ft:examples")
    await eventually(lambda: ana.view)
    assert ana.view is not None
    first = ana.view.content
    assert "Row " in says(first)
    assert "page 1 of" in says(first)
    if "ft:examples:next" in says(first):
        await ana.click(ana.view, "ft:examples:next")
        await eventually(lambda: ana.view and "page 2 of" in says(ana.view.content))
    await ana.choose(ana.view, "ft:examples:filter", "worse")
    await eventually(lambda: ana.view and "f=worse" in ana.view.content["private_metadata"])


def test_only_what_one_of_them_says_is_bold() -> None:
    left, right = side_by_side("the parcel was late", "the parcel is late")
    assert [part["text"].strip() for part in left if part.get("style")] == ["was"]
    assert [part["text"].strip() for part in right if part.get("style")] == ["is"]


async def test_a_report_is_sent_as_a_page(slack: StandIn, ana: Person, project: Workspace) -> None:
    slack.state.scopes.add("files:write")
    async with running(slack, settings_for(slack, project), "socket"):
        await ana.click(await compared(ana, project), "ft:run:report")
        await eventually(lambda: [one for one in ana.dms if one.body.get("files")])
    page = next(iter(slack.state.files.values()))
    assert page.name == "r1.html"
    assert page.content is not None
    assert page.content.startswith(b"<!DOCTYPE html>")


SPEC = "specs/example.yaml"


def by_hand(project: Workspace) -> None:
    """Let the example promote only when somebody says so."""
    path = project.root / SPEC
    text = path.read_text("utf-8")
    assert "promote: {alias: production}" in text
    path.write_text(text.replace("promote: {alias: production}", "promote: {alias: production, when: manual}"))


async def test_a_model_is_promoted_from_its_comparison_by_a_person_of_the_project(
    slack: StandIn, team_project: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand(team_project)
    monkeypatch.setitem(
        BUILDERS, "local", lambda *_said: team_project.provider("local")
    )  # the bot asks the same models
    ben, dora = slack.person("U0000BEN", "ben"), slack.person("U000DORA")
    async with running(slack, settings_for(slack, team_project, runs_channel=RUNS_CHANNEL), "http"):
        shown = await compared(ben, team_project)
        assert "Promote" in says(shown.body)
        await dora.click(shown, "ft:promote")
        await eventually(lambda: any("Nobody in ftsdk.yaml" in one.text for one in dora.ephemerals))
        assert team_project.aliases() == ()
        await ben.click(shown, "ft:promote")
        await eventually(lambda: team_project.aliases())
        assert team_project.aliases()[0].run == "r1"
        await eventually(lambda: any("example@production is version 1" in one.text for one in ben.ephemerals))
        moved = [entry for entry in entries(team_project.database) if entry.action == "alias.moved"]
        assert [entry.actor for entry in moved] == ["slack:T0STANDIN/U0000BEN"]
        await ben.click(shown, "ft:promote")
        await eventually(lambda: len([one for one in ben.ephemerals if "is version 1" in one.text]) == 2)
        await ben.command("compare r1", TEAM_CHANNEL)
        again = await eventually(lambda: [one for one in ben.ephemerals if "Promoted: " in says(one.body)])
        assert "ft:promote" not in says(again[0].body)


async def test_a_model_that_was_turned_down_says_by_whom_and_why(slack: StandIn, team_project: Workspace) -> None:
    by_hand(team_project)
    ben = slack.person("U0000BEN", "ben")
    async with running(slack, settings_for(slack, team_project, runs_channel=RUNS_CHANNEL), "socket"):
        run = team_project.apply(SPEC, actor="github:ben-b")
        await eventually(lambda: slack.messages(RUNS_CHANNEL))
        run.wait()
        posted = (await eventually(lambda: [one for one in slack.messages(RUNS_CHANNEL) if "r1: " in one.text], 10))[0]
        await ben.click(posted, "ft:turn_down:modal")
        await eventually(lambda: ben.view)
        await ben.submit({"reason": "worse on refunds"})
        await eventually(lambda: "worse on refunds" in says(posted.body), 10)
        assert "U0000BEN" in says(posted.body)
        assert "ft:promote" in says(posted.body), "turned down is not for good"
        assert team_project.aliases() == ()
        kept = [entry for entry in entries(team_project.database) if entry.action == "model.rejected"]
        assert [(entry.subject, entry.body["reason"]) for entry in kept] == [("r1", "worse on refunds")]
