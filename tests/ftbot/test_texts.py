"""A case told in words: what was understood, who may read it, and what the form then says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

import ftsdk
from ftbot import form
from ftbot.standin import StandIn, eventually
from ftbot.standin.person import Person
from ftsdk.workspace import Workspace
from tests.ftbot.conftest import TEAM_CHANNEL, Running, running, settings_for

pytestmark = pytest.mark.anyio

CASE = (
    "Our ticket classification with a long prompt is good enough but costs too much: 300,000 calls per day, and we "
    "have 4,000 labelled examples."
)


def says(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)


async def test_a_case_in_words_fills_in_the_form(live: Running, ana: Person) -> None:
    await ana.says(CASE)
    told = (await eventually(lambda: ana.dms))[0]
    assert "I understood" in says(told.body)
    assert "4,000 labelled examples" in says(told.body), "each fact with the words it rests on"
    await ana.click(told, "ft:form:change")
    await eventually(lambda: ana.view)
    assert ana.view is not None
    goal = next(block for block in ana.view.content["blocks"] if block.get("block_id") == "goal")
    assert goal["element"]["initial_option"]["value"] == "cost"


async def test_advice_can_be_had_on_what_was_understood(live: Running, ana: Person) -> None:
    await ana.says(CASE)
    told = (await eventually(lambda: ana.dms))[0]
    await ana.click(told, "ft:form:now")
    advice = (await eventually(lambda: ana.dms[1:]))[0]
    assert advice.text.startswith("Advice: ")
    expected = ftsdk.advise(ftsdk.facts_in_text(CASE)[0]).title
    assert expected in advice.text


async def test_a_message_fills_in_the_form_by_its_shortcut(live: Running, ana: Person) -> None:
    await ana.message_shortcut("ft_advise_message", TEAM_CHANNEL, CASE)
    await eventually(lambda: ana.view)
    assert ana.view is not None
    assert ana.view.content["title"]["text"] == "I understood"
    await ana.click(ana.view, "ft:form:resume")
    await eventually(lambda: ana.view and ana.view.content["callback_id"].endswith(":page"))


async def test_words_without_a_fact_get_the_empty_form(live: Running, ana: Person) -> None:
    await ana.says("Good morning, we would like some help please.")
    assert "found no facts" in (await eventually(lambda: ana.dms))[0].text


async def test_reading_is_switched_off(slack: StandIn, ana: Person, project: Workspace) -> None:
    async with running(slack, settings_for(slack, project, reads_text="off"), "socket"):
        await ana.says(CASE)
        told = (await eventually(lambda: ana.dms))[0]
        assert "I understood" not in says(told.body)
        assert "ft:advise:open" in says(told.body)
        await ana.message_shortcut("ft_advise_message", TEAM_CHANNEL, CASE)
        await eventually(lambda: ana.view)
        assert ana.view is not None
        assert ana.view.content["callback_id"].endswith(":page")


# -- a language model reads ----------------------------------------------------------------------------------------


class Maker:
    """A loopback server with the form of openai's; ``asked`` are the texts that it was sent."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = 200

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(body["messages"][-1]["content"])
        if self.status != 200:
            return web.json_response({"error": {"message": "no", "type": "invalid"}}, status=self.status)
        facts = [{"field": "failure", "value": "cost", "quote": "costs too much"}]
        message = {"role": "assistant", "content": json.dumps({"facts": facts})}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        return web.json_response(
            {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        )


@pytest.fixture
async def maker(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Maker]:
    found = Maker()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", found.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{runner.addresses[0][1]}/v1")
    yield found
    await runner.cleanup()


async def test_a_model_reads_only_after_whoever_wrote_agreed(
    slack: StandIn, ana: Person, project: Workspace, maker: Maker
) -> None:
    told = {"reads_text": "openai:gpt-x", "reader_keeps": "keeps it for 30 days"}
    async with running(slack, settings_for(slack, project, **told), "socket"):
        await ana.says(CASE)
        asked = (await eventually(lambda: ana.dms))[0]
        assert "gpt-x of openai" in says(asked.body)
        assert "keeps it for 30 days" in says(asked.body)
        assert maker.asked == []
        await ana.click(asked, "ft:text:words")
        by_words = (await eventually(lambda: [*ana.ephemerals, *ana.dms[1:]]))[-1]
        assert "no model read it" in says(by_words.body)
        assert maker.asked == []
        await ana.click(asked, "ft:text:model")
        await eventually(lambda: any("Read by openai:gpt-x" in says(one.body) for one in [*ana.ephemerals, *ana.dms]))
        assert maker.asked == [CASE], "this one message, once"


async def test_nobody_has_somebody_elses_text_read(
    slack: StandIn, ana: Person, project: Workspace, maker: Maker
) -> None:
    ben = slack.person("U0BEN")
    async with running(slack, settings_for(slack, project, reads_text="openai:gpt-x"), "socket"):
        await ana.says(CASE)
        asked = (await eventually(lambda: ana.dms))[0]
        await ben.click(asked, "ft:text:model")
        await eventually(lambda: any("no longer kept" in one.text for one in ben.ephemerals))
        assert maker.asked == []


async def test_a_model_that_fails_is_replaced_by_key_words(
    slack: StandIn, ana: Person, project: Workspace, maker: Maker
) -> None:
    maker.status = 401
    async with running(slack, settings_for(slack, project, reads_text="openai:gpt-x"), "socket"):
        await ana.says(CASE)
        await ana.click((await eventually(lambda: ana.dms))[0], "ft:text:model")
        await eventually(lambda: any("no model read it" in says(one.body) for one in [*ana.ephemerals, *ana.dms[1:]]))


def test_what_the_form_says_of_facts_is_what_the_facts_said() -> None:
    facts = ftsdk.facts_in_text(CASE)[0]
    draft = form.prefilled(form.new_draft("x", "U0ANA", "C0TEAM"), facts)
    assert form.facts_of(draft.answers).known() == facts.known()
