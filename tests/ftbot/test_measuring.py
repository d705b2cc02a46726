"""Measured facts in Slack: an uploaded file and a probe, who sees them, and what they change in the advice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ftbot import form
from ftbot.standin import StandIn, eventually
from ftbot.standin.person import Person
from ftbot.standin.state import Message
from ftsdk.workspace import Workspace
from tests.ftbot.conftest import running, settings_for
from tests.ftbot.test_drafts import advised

pytestmark = pytest.mark.anyio

ROWS = "".join(
    json.dumps({"messages": [{"role": "user", "content": f"Sum {n}"}, {"role": "assistant", "content": f"{n}"}]}) + "\n"
    for n in range(620)
)


def says(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)


async def given(ana: Person, slack: StandIn, kind: str, name: str, content: bytes) -> None:
    """Ana gives a file in the window that is open."""
    await eventually(lambda: ana.view and "ft:measure" in ana.view.content["callback_id"])
    file = slack.state.add_file(name, content)
    await ana.submit({"kind": kind, "file": [file.id]})


async def measured(ana: Person) -> Message:
    found: Message = (await eventually(lambda: [one for one in ana.dms if one.text.startswith("Measured")], 20))[-1]
    return found


@pytest.mark.parametrize("transport", ["http", "socket"])
async def test_a_file_of_examples_becomes_a_fact(
    slack: StandIn, ana: Person, project: Workspace, transport: str
) -> None:
    slack.state.scopes.add("files:read")
    async with running(slack, settings_for(slack, project), transport) as found:
        advice = await advised(ana)
        await ana.click(advice, "ft:measure:modal")
        await eventually(lambda: ana.view and "ft:measure" in ana.view.content["callback_id"])
        assert ana.view is not None
        assert "No language model" in says(ana.view.content)
        assert "deleted at once" in says(ana.view.content)
        await given(ana, slack, "data", "tickets.jsonl", ROWS.encode())
        said = await measured(ana)
        assert "620" in says(said.body)
        assert said.body["thread_ts"] == advice.ts
        id = next(e["value"] for b in advice.body["blocks"] for e in b.get("elements", ()) if "value" in e)
        draft = await found.bot.drafts.load(id)
        assert draft is not None
        facts = form.facts_of(draft.answers)
        assert facts.n_examples == 620
        assert facts.origins["n_examples"].kind == "measured"


@pytest.mark.parametrize(
    ("name", "content", "why"), [("rows.jsonl", b"no json at all\n", "rows.jsonl"), ("big.jsonl", b"x", "larger than")]
)
async def test_a_file_that_does_not_hold_gets_a_sentence(
    slack: StandIn, ana: Person, project: Workspace, name: str, content: bytes, why: str
) -> None:
    slack.state.scopes.add("files:read")
    async with running(slack, settings_for(slack, project), "socket"):
        await ana.click(await advised(ana), "ft:measure:modal")
        await eventually(lambda: ana.view and "ft:measure" in ana.view.content["callback_id"])
        file = slack.state.add_file(name, content)
        file.size = 30_000_000 if why == "larger than" else len(content)
        await ana.submit({"kind": "data", "file": [file.id]})
        await eventually(lambda: [one for one in ana.dms if why in says(one.body)])


async def test_without_the_scope_no_file_is_read(slack: StandIn, ana: Person, project: Workspace) -> None:
    slack.state.scopes.discard("files:read")
    async with running(slack, settings_for(slack, project), "socket"):
        await ana.click(await advised(ana), "ft:measure:modal")
        await given(ana, slack, "data", "tickets.jsonl", ROWS.encode())
        await eventually(lambda: [one for one in ana.dms if "may not read files" in one.text])


async def test_uploads_are_switched_off(slack: StandIn, ana: Person, project: Workspace) -> None:
    async with running(slack, settings_for(slack, project, uploads=False), "socket"):
        await ana.click(await advised(ana), "ft:measure:modal")
        await eventually(lambda: [one for one in [*ana.ephemerals, *ana.dms] if "switched off" in one.text])


async def test_a_token_goes_to_slack_and_to_nobody_else(slack: StandIn, ana: Person, project: Workspace) -> None:
    """Files from elsewhere, as remote files are, would be asked for with the bot's token."""
    slack.state.scopes.add("files:read")
    slack.state.url = "http://localhost.evil.example"
    async with running(slack, settings_for(slack, project), "socket"):
        await ana.click(await advised(ana), "ft:measure:modal")
        await given(ana, slack, "data", "tickets.jsonl", ROWS.encode())
        await eventually(lambda: [one for one in ana.dms if "is not kept by Slack" in one.text])


# -- a probe -----------------------------------------------------------------------------------------------------------


async def offered(ana: Person) -> Message:
    await ana.click(await advised(ana), "ft:probe:modal")
    await eventually(lambda: ana.view and "ft:probe" in ana.view.content["callback_id"])
    await ana.submit({"spec": "example"})
    found: Message = (await eventually(lambda: [one for one in ana.dms if "Measure example?" in one.text]))[0]
    return found


async def test_untrained_models_are_measured_on_committed_rows_once(
    slack: StandIn, ana: Person, project: Workspace
) -> None:
    async with running(slack, settings_for(slack, project), "socket") as found:
        found.bot.library.__dict__["workspace"] = project  # whose model answers what is scripted
        offer = await offered(ana)
        assert "calls" in says(offer.body)
        assert "The rows go" in says(offer.body)
        await ana.click(offer, "ft:probe:start")
        said = await measured(ana)
        assert said.ts == offer.ts, "the offer becomes the result"
        assert "base score" in says(said.body)
        assert "The advice" in said.text


async def test_whoever_is_not_of_the_project_measures_nothing(
    slack: StandIn, ana: Person, team_project: Workspace
) -> None:
    async with running(slack, settings_for(slack, team_project), "http"):
        await ana.click(await offered(ana), "ft:probe:start")
        await eventually(lambda: any("Nobody in ftsdk.yaml" in one.text for one in [*ana.ephemerals, *ana.dms]))
