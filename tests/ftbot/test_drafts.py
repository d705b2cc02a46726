"""A draft of what to start with: as files under the advice, or as a pull request."""

from __future__ import annotations

import json

import pytest

from ftbot.standin import StandIn, eventually
from ftbot.standin.person import Person
from ftbot.standin.state import Message
from ftsdk.workspace import Workspace
from tests.ftbot.conftest import TEAM_CHANNEL, running, settings_for
from tests.ftbot.github import REPOSITORY, TOKEN, github

pytestmark = pytest.mark.anyio

TRAIN = {
    "goal": "quality",
    "failure": ["format", "style"],
    "tried": ["prompting:insufficient", "few_shot:insufficient"],
}


async def advised(ana: Person) -> Message:
    """The advice in ana's own conversation."""
    await ana.command("advise", TEAM_CHANNEL)
    await eventually(lambda: ana.view)
    await ana.submit(TRAIN)
    for _page in range(4):
        if ana.view is None or ana.view.content["callback_id"].endswith(":result"):
            break
        await ana.submit({})
    found: Message = (await eventually(lambda: ana.dms))[0]
    return found


def files_of(slack: StandIn, ana: Person) -> list[Message]:
    return [one for one in slack.messages(slack.state.dm(ana.id).id) if one.body.get("files")]


@pytest.mark.parametrize("transport", ["http", "socket"])
async def test_a_draft_is_uploaded_under_the_advice_once(
    slack: StandIn, ana: Person, project: Workspace, transport: str
) -> None:
    slack.state.scopes.add("files:write")
    async with running(slack, settings_for(slack, project), transport):
        advice = await advised(ana)
        assert "Draft as pull request" not in json.dumps(advice.body), "no GitHub is connected"
        await ana.click(advice, "ft:draft:files")
        await ana.click(advice, "ft:draft:files")
        shared = (await eventually(lambda: files_of(slack, ana)))[0]
        assert shared.body["thread_ts"] == advice.ts
        await ana.command("help", TEAM_CHANNEL)
        await eventually(lambda: ana.ephemerals)
        assert len(files_of(slack, ana)) == 1
    names = {file.name for file in slack.state.files.values()}
    assert names & {"train.jsonl"} or all(name.endswith(".md") for name in names)


async def test_without_the_scope_the_draft_is_written_out(slack: StandIn, ana: Person, project: Workspace) -> None:
    slack.state.scopes.discard("files:write")
    async with running(slack, settings_for(slack, project), "socket"):
        advice = await advised(ana)
        await ana.click(advice, "ft:draft:files")
        said = (await eventually(lambda: ana.dms[1:]))[0]
        assert said.text.startswith("A draft for: ")
        assert said.body["thread_ts"] == advice.ts


async def test_a_draft_becomes_one_pull_request(slack: StandIn, ana: Person, project: Workspace) -> None:
    async with github() as hub:
        told = {"github_repository": REPOSITORY, "github_token": TOKEN, "github_url": hub.url}
        async with running(slack, settings_for(slack, project, **told), "socket"):
            advice = await advised(ana)
            await ana.click(advice, "ft:draft:propose")
            await eventually(lambda: any("is pull request 7 of acme/models" in one.text for one in ana.ephemerals))
            await ana.click(advice, "ft:draft:propose")
            await eventually(lambda: len([one for one in ana.ephemerals if "pull request 7" in one.text]) == 2)
        assert len(hub.pulls) == 1
        branch = hub.pulls[0]["head"]
        assert hub.branches["main"] == {}
        assert all(path.startswith(f"specs/{branch.removeprefix('ftbot/')}/") for path in hub.branches[branch])


async def test_a_token_that_github_does_not_know_is_a_sentence(slack: StandIn, ana: Person, project: Workspace) -> None:
    async with github() as hub:
        told = {"github_repository": REPOSITORY, "github_token": "ghp-old", "github_url": hub.url}
        async with running(slack, settings_for(slack, project, **told), "socket"):
            await ana.click(await advised(ana), "ft:draft:propose")
            found = await eventually(lambda: [one for one in ana.ephemerals if "answered 401" in one.text])
            assert "read and write" in json.dumps(found[0].body)


async def test_whoever_is_not_of_the_project_proposes_nothing(
    slack: StandIn, ana: Person, team_project: Workspace
) -> None:
    async with github() as hub:
        told = {"github_repository": REPOSITORY, "github_token": TOKEN, "github_url": hub.url}
        async with running(slack, settings_for(slack, team_project, **told), "socket"):
            await ana.click(await advised(ana), "ft:draft:propose")
            await eventually(lambda: any("Nobody in ftsdk.yaml" in one.text for one in ana.ephemerals))
        assert hub.pulls == []
