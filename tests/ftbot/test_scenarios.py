"""What people do in Slack and what they see, over real HTTP and over Socket Mode."""

from __future__ import annotations

import json
from itertools import count
from typing import Any
from urllib.parse import urljoin

import aiohttp
import pytest

from ftbot.standin import StandIn, eventually
from ftbot.standin.person import Person
from ftsdk.workspace import Workspace
from tests.ftbot.conftest import RUNS_CHANNEL, TEAM_CHANNEL, Running, running, settings_for

pytestmark = pytest.mark.anyio


def words(body: dict[str, Any]) -> str:
    """Everything that a message or view says."""
    return json.dumps(body, ensure_ascii=False)


async def newest(ana: Person, *, after: int = 0) -> dict[str, Any]:
    """The body of the newest ephemeral, once there are more than ``after``."""
    found = await eventually(lambda: ana.ephemerals[after:])
    body: dict[str, Any] = found[-1].body
    return body


# -- commands ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["help", "", "HELP", "he"])
async def test_help_lists_every_command_to_the_asker_alone(
    live: Running, slack: StandIn, ana: Person, text: str
) -> None:
    assert (await ana.command(text, TEAM_CHANNEL)).ok
    said = words(await newest(ana))
    assert all(f"/ft {name}" in said for name in ("advise", "status", "runs", "compare", "help"))
    assert slack.messages(TEAM_CHANNEL) == []


async def test_a_wrong_command_is_answered_with_the_right_one(live: Running, ana: Person) -> None:
    await ana.command("advize", TEAM_CHANNEL)
    assert "Did you mean" in words(body := await newest(ana))
    assert "/ft advise" in words(body)


async def test_runs_status_and_compare_say_what_the_library_says(
    live: Running, ana: Person, slack: StandIn, project: Workspace
) -> None:
    run = project.apply("specs/example.yaml").wait()
    await ana.command("runs", TEAM_CHANNEL)
    assert "r1" in words(await newest(ana))
    await ana.command("status r1", TEAM_CHANNEL)
    assert "done" in words(await newest(ana, after=1))
    await ana.command("compare", TEAM_CHANNEL)
    body = await newest(ana, after=2)
    assert run.comparison is not None
    assert body["text"].startswith("r1: better.")
    assert "data_table" in [block["type"] for block in body["blocks"]]


async def test_specs_costs_and_models_say_what_the_library_says(live: Running, ana: Person, project: Workspace) -> None:
    await ana.command("spec", TEAM_CHANNEL)
    assert "specs/example.yaml" in words(await newest(ana))
    await ana.command("spec example", TEAM_CHANNEL)
    assert "Nothing was started" in words(await newest(ana, after=1))
    assert project.runs() == ()
    await ana.command("spec nowhere", TEAM_CHANNEL)
    assert "Next: " in words(await newest(ana, after=2))
    await ana.command("costs", TEAM_CHANNEL)
    assert "No run has cost anything" in words(await newest(ana, after=3))
    await ana.command("models", TEAM_CHANNEL)
    assert "smollm2-135m-instruct" in words(await newest(ana, after=4))


async def test_what_the_bot_counts_is_there_for_prometheus(live: Running, ana: Person) -> None:
    await ana.command("help", TEAM_CHANNEL)
    await ana.again(retry=1)
    await newest(ana)
    text = await live.bot.metrics()
    if live.url:
        async with aiohttp.ClientSession() as session, session.get(urljoin(live.url, "/metrics")) as response:
            assert response.headers["Content-Type"].startswith("text/plain")
            text = await response.text()
    counted = dict(line.split(" ") for line in text.splitlines() if not line.startswith("#"))
    assert counted["ftbot_requests_total"] == "1"
    assert counted["ftbot_requests_repeated_total"] == ("0" if live.url else "1"), "over HTTP the gate stops a replay"
    assert float(counted["ftbot_outbox_lag_seconds"]) < 60


async def test_a_run_that_is_not_there_gets_a_sentence_and_a_next_step(live: Running, ana: Person) -> None:
    await ana.command("status r99", TEAM_CHANNEL)
    assert "there is no run r99" in words(body := await newest(ana))
    assert "Next: " in words(body)


async def test_a_comparison_is_shared_once_however_often_the_button_is_pressed(
    live: Running, ana: Person, slack: StandIn, project: Workspace
) -> None:
    project.apply("specs/example.yaml").wait()
    await ana.command("compare r1", TEAM_CHANNEL)
    shown = (await eventually(lambda: ana.ephemerals))[-1]
    await ana.click(shown, "ft:run:share")
    await ana.click(shown, "ft:run:share")
    await eventually(lambda: slack.messages(TEAM_CHANNEL))
    await ana.command("help", TEAM_CHANNEL)
    await newest(ana, after=1)
    assert len(slack.messages(TEAM_CHANNEL)) == 1


# -- the form ------------------------------------------------------------------------------------------------------

FIRST = {"goal": "quality", "failure": ["format"], "tried": ["prompting:insufficient", "few_shot:insufficient"]}


async def test_the_form_leads_to_advice_in_the_modal_and_in_a_message(live: Running, ana: Person) -> None:
    assert (await ana.command("advise", TEAM_CHANNEL)).ok
    await eventually(lambda: ana.view)
    await ana.submit(FIRST)
    for _step in range(3):
        if ana.view is None or ana.view.content["callback_id"].endswith(":result"):
            break
        await ana.submit({})
    assert ana.view is not None
    assert ana.view.content["title"]["text"] == "Recommendation"
    assert "Why" in words(ana.view.content)
    message = (await eventually(lambda: ana.dms))[0]
    assert message.text.startswith("Advice: ")
    assert "What would change this" in words(message.body)


async def test_back_keeps_the_answers(live: Running, ana: Person) -> None:
    await ana.command("advise", TEAM_CHANNEL)
    await eventually(lambda: ana.view)
    await ana.submit(FIRST)
    assert ana.view is not None
    second = ana.view.content
    await ana.click(ana.view, "ft:form:back")
    await eventually(lambda: ana.view and ana.view.content is not second)
    goal = next(block for block in ana.view.content["blocks"] if block.get("block_id") == "goal")
    assert goal["element"]["initial_option"]["value"] == "quality"


async def test_advice_can_be_had_at_once_on_what_is_known(live: Running, ana: Person) -> None:
    await ana.command("advise", TEAM_CHANNEL)
    await eventually(lambda: ana.view)
    await ana.submit({"goal": "knowledge", "failure": ["knowledge"], "tried": ["prompting:no"]})
    assert ana.view is not None
    if not ana.view.content["callback_id"].endswith(":result"):
        await ana.click(ana.view, "ft:form:now")
    await eventually(lambda: ana.view and ana.view.content["callback_id"].endswith(":result"))
    await eventually(lambda: ana.dms)


async def test_a_closed_form_goes_on_where_it_was_even_in_another_process(
    slack: StandIn, ana: Person, project: Workspace
) -> None:
    settings = settings_for(slack, project)
    async with running(slack, settings, "http"):
        await ana.command("advise", TEAM_CHANNEL)
        await eventually(lambda: ana.view)
        await ana.submit(FIRST)
        assert ana.view is not None
        second = ana.view.content
        await ana.close()
    async with running(slack, settings, "http"):
        await ana.command("advise", TEAM_CHANNEL)
        await eventually(lambda: ana.view)
        assert ana.view.content["blocks"] == second["blocks"]


async def test_a_form_of_an_older_version_is_told_so_and_its_answers_are_kept(live: Running, ana: Person) -> None:
    await ana.command("advise", TEAM_CHANNEL)
    await eventually(lambda: ana.view)
    await ana.submit(FIRST)
    assert ana.view is not None
    ana.view.content["callback_id"] = "ft:advise:v0:page"
    await ana.submit({})
    assert "was updated" in words(ana.view.content)
    await ana.click(ana.view, "ft:form:resume")
    await eventually(lambda: ana.view and ana.view.content["callback_id"] == "ft:advise:v1:page")


async def test_a_number_that_is_none_is_refused_at_its_field(live: Running, ana: Person) -> None:
    await ana.command("advise", TEAM_CHANNEL)
    await eventually(lambda: ana.view)
    await ana.submit(FIRST)
    assert ana.view is not None
    fields = [b["block_id"] for b in ana.view.content["blocks"] if b.get("block_id", "").endswith("#number")]
    assert fields, "a question of the second page takes a number"
    ack = await ana.submit({fields[0]: "as many as you like"})
    assert list(ack.body["errors"]) == [fields[0]]
    assert ana.view.open
    shown = ana.view.content
    ack = await ana.submit({fields[0]: "1,200"})
    assert ack.body["response_action"] == "update", "a field that is mended is not answered with the old error"
    assert ana.view.content is not shown


async def test_advice_is_shared_to_the_channel_where_the_form_was_opened(
    live: Running, slack: StandIn, ana: Person
) -> None:
    await ana.command("advise", TEAM_CHANNEL)
    await eventually(lambda: ana.view)
    await ana.submit(FIRST)
    assert ana.view is not None
    if not ana.view.content["callback_id"].endswith(":result"):
        await ana.click(ana.view, "ft:form:now")
    await eventually(lambda: ana.view and ana.view.content["callback_id"].endswith(":result"))
    await ana.click(ana.view, "ft:form:share")
    await ana.click(ana.view, "ft:form:share")
    shared = (await eventually(lambda: slack.messages(TEAM_CHANNEL)))[0]
    assert shared.text.startswith("Advice: ")
    assert len(slack.messages(TEAM_CHANNEL)) == 1


async def test_nobody_fills_in_somebody_elses_form(live: Running, slack: StandIn, ana: Person) -> None:
    await ana.command("advise", TEAM_CHANNEL)
    await eventually(lambda: ana.view)
    ben = slack.person("U0BEN")
    await ben.command("advise", TEAM_CHANNEL)
    await eventually(lambda: ben.view)
    assert ana.view is not None
    assert ben.view is not None
    ben.view.content["private_metadata"] = ana.view.content["private_metadata"]
    await ben.submit(FIRST)
    assert "belongs to somebody else" in words(ben.view.content)


async def test_when_the_trigger_is_over_a_button_opens_the_form(
    slack: StandIn, ana: Person, project: Workspace
) -> None:
    slack.faults.plan("users.info", "server_error")  # tried again a second later, when the trigger is over
    ticks = count(10**9, 4)
    slack.state.clock = lambda: float(next(ticks))
    async with running(slack, settings_for(slack, project), "socket"):
        await ana.command("advise", TEAM_CHANNEL)
        late = (await eventually(lambda: ana.dms, 10))[0]
        assert ana.view is None
        assert "could not be opened in time" in late.text
        slack.state.clock = lambda: 2e9
        await ana.click(late, "ft:advise:open")
        await eventually(lambda: ana.view)


# -- other ways in -------------------------------------------------------------------------------------------------


async def test_shortcuts_open_the_form(live: Running, ana: Person) -> None:
    await ana.shortcut("ft_advise_global")
    view = await eventually(lambda: ana.view)
    assert view.content["title"]["text"] == "Should we fine-tune?"


async def test_a_direct_message_is_answered_in_its_thread(live: Running, ana: Person) -> None:
    await ana.says("Should we fine-tune our ticket triage?")
    first = (await eventually(lambda: ana.dms))[0]
    assert first.body["thread_ts"]
    await ana.click(first, "ft:form:change")
    await eventually(lambda: ana.view)
    await ana.says("runs")
    assert "no runs yet" in (await eventually(lambda: ana.dms[1:]))[0].text


async def test_a_mention_is_answered_to_the_asker_alone(live: Running, slack: StandIn, ana: Person) -> None:
    await ana.mentions("should we fine-tune this?", TEAM_CHANNEL)
    assert "ft:advise:open" in words(await newest(ana))
    assert len(slack.messages(TEAM_CHANNEL)) == 1, "only the mention itself"


# -- who may ---------------------------------------------------------------------------------------------------------


async def test_guests_and_strangers_are_refused_politely(live: Running, slack: StandIn) -> None:
    guest = slack.person("U0GUEST", guest=True)
    await guest.command("advise", TEAM_CHANNEL)
    assert "full members" in words(await newest(guest))
    assert guest.view is None
    stranger = slack.person("U0STRANGER", team="T0ELSEWHERE")
    await stranger.command("runs", TEAM_CHANNEL)
    assert "own workspace" in words(await newest(stranger))


async def test_too_many_requests_of_one_person_are_refused(live: Running, ana: Person) -> None:
    for _request in range(31):
        await ana.command("help", TEAM_CHANNEL)
    refused = await eventually(lambda: [one for one in ana.ephemerals if "a lot at once" in one.text])
    assert len(refused) == 1, "thirty were answered"


# -- said twice, done once -----------------------------------------------------------------------------------------


async def test_what_slack_delivers_twice_is_done_once(live: Running, ana: Person) -> None:
    await ana.command("help", TEAM_CHANNEL)
    await ana.again(retry=1)
    await ana.command("runs", TEAM_CHANNEL)
    await eventually(lambda: len(ana.ephemerals) >= 2)
    assert len(ana.ephemerals) == 2


async def test_a_page_that_is_delivered_twice_gets_the_same_answer(live: Running, ana: Person) -> None:
    await ana.command("advise", TEAM_CHANNEL)
    await eventually(lambda: ana.view)
    first = await ana.submit(FIRST)
    again = await ana.again(retry=1)
    assert first.body
    assert again.body == first.body or again.body == {}


# -- cards -----------------------------------------------------------------------------------------------------------


async def test_a_run_has_one_card_that_is_edited_and_a_comparison_in_its_thread(
    slack: StandIn, project: Workspace
) -> None:
    async with running(slack, settings_for(slack, project, runs_channel=RUNS_CHANNEL), "socket"):
        run = project.apply("specs/example.yaml")
        card = (await eventually(lambda: slack.messages(RUNS_CHANNEL)))[0]
        assert "r1" in card.text
        run.wait()
        await eventually(lambda: card.edits and "done" in card.text, 10)
        await eventually(lambda: len(slack.messages(RUNS_CHANNEL)) == 3)
        ended, comparison = slack.messages(RUNS_CHANNEL)[1:]
        assert ended.body["thread_ts"] == comparison.body["thread_ts"] == card.ts
        assert comparison.text.startswith("r1: better.")


async def test_runs_that_ended_before_the_bot_came_get_no_card(slack: StandIn, project: Workspace) -> None:
    project.apply("specs/example.yaml").wait()
    async with running(slack, settings_for(slack, project, runs_channel=RUNS_CHANNEL), "socket") as found:
        assert await found.bot.cards.look() == 0
    assert slack.messages(RUNS_CHANNEL) == []
