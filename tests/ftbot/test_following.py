"""An advice lives on: its cost with the doubt, news when the tables change it, the question what came of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import update

import ftsdk
from ftbot.bot import Bot
from ftbot.outbox import Wanted
from ftbot.screens.following import RESULTS
from ftbot.standin import StandIn, eventually
from ftbot.standin.person import Person
from ftbot.standin.state import Message
from ftbot.store.advices import KEPT_SECONDS, Kept
from ftbot.store.tables import ADVICES, OUTBOX
from ftsdk.workspace import Workspace
from tests.ftbot.conftest import Running, running, settings_for
from tests.ftbot.test_drafts import advised

pytestmark = pytest.mark.anyio


def says(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)


def draft_of(advice: Message) -> str:
    return next(
        str(element["value"])
        for block in advice.body["blocks"]
        for element in block.get("elements", ())
        if element.get("action_id") == "ft:form:change"
    )


async def kept(bot: Bot, advice: Message) -> Kept:
    found: Kept = await eventually(lambda: _kept(bot, draft_of(advice)))
    return found


def _kept(bot: Bot, draft: str) -> Kept | None:
    with bot.store.database.read() as connection:
        return bot.advices.read(connection, draft)


def change(bot: Bot, draft: str, **values: Any) -> None:
    with bot.store.database.begin() as connection:
        bot.advices.change(connection, draft, **values)


async def followed(bot: Bot, ana: Person) -> tuple[Message, Kept]:
    """An advice whose person wants to be told."""
    advice = await advised(ana)
    await ana.click(advice, "ft:advice:follow")
    await eventually(lambda: "Stop telling me" in says(advice.body))
    return advice, await kept(bot, advice)


def by_older_tables(record: str) -> str:
    """The same decision as older tables would have led to it."""
    decision = ftsdk.read_decision(record.encode(), "record")
    older = decision.advice.model_copy(update={"confidence": "clear", "saving": (-1.0, 2.0, 3.0)})
    if decision.advice.confidence == "clear":
        older = older.model_copy(update={"confidence": "toss-up"})
    return ftsdk.decision_yaml(decision.model_copy(update={"advice": older}))


async def test_the_advice_says_cost_with_low_likely_and_high_and_what_would_change_it(
    live: Running, ana: Person
) -> None:
    await ana.says("we make 2 million calls a month with gpt-4.1, only the cost is too high, prompts of 3000 tokens")
    understood = (await eventually(lambda: ana.dms))[-1]
    await ana.click(understood, "ft:form:now")
    advice = await eventually(lambda: [one for one in ana.dms if one.text.startswith("Advice")])
    said = says(advice[0].body)
    assert "What it costs" in said
    assert "low " in said
    assert ", likely $" in said
    assert ", high $" in said
    assert "What would change this" in said


async def test_whoever_wants_it_is_told_once_that_the_tables_change_an_advice(live: Running, ana: Person) -> None:
    bot = live.bot
    advice, known = await followed(bot, ana)
    change(bot, known.draft, record=by_older_tables(known.record), look_at=1.0)
    news = (await eventually(lambda: [one for one in ana.dms if "would change today" in one.text]))[0]
    assert news.body["thread_ts"] == advice.ts
    assert "would be" in says(news.body)
    change(bot, known.draft, look_at=1.0)
    await eventually(lambda: (_kept(bot, known.draft) or known).look_at != 1.0)
    await bot.metrics()
    assert len([one for one in ana.dms if "would change today" in one.text]) == 1, "what was told is not told again"


async def test_tables_that_change_nothing_are_not_told(live: Running, ana: Person) -> None:
    _advice, known = await followed(live.bot, ana)
    change(live.bot, known.draft, look_at=1.0)
    await eventually(lambda: ((_kept(live.bot, known.draft) or known).look_at or 0) > 1.0)
    assert await live.bot.outbox.open() == 0
    assert not [one for one in ana.dms if "would change today" in one.text]


async def test_whoever_wants_no_more_is_told_no_more(live: Running, ana: Person) -> None:
    advice, known = await followed(live.bot, ana)
    await ana.click(advice, "ft:advice:leave")
    await eventually(lambda: "Tell me when prices" in says(advice.body))
    assert (await kept(live.bot, advice)).look_at is None
    assert known.look_at is not None


async def test_after_thirty_days_it_is_asked_once_and_the_answer_is_in_the_decision(
    live: Running, ana: Person, slack: StandIn
) -> None:
    slack.state.scopes.add("files:write")
    advice = await advised(ana)
    known = await kept(live.bot, advice)
    assert known.ask_at is not None
    assert 29.9 < (known.ask_at - known.advised_at) / 86400 < 30.1
    change(live.bot, known.draft, ask_at=1.0)
    asked = (await eventually(lambda: [one for one in ana.dms if "What came of it?" in one.text]))[0]
    await ana.choose(asked, "ft:advice:did", f"{known.draft}:prompt")
    await eventually(lambda: (_kept(live.bot, known.draft) or known).did == "prompt")
    await ana.click(asked, "ft:advice:hit")
    await ana.click(asked, "ft:advice:miss")
    await eventually(lambda: "Noted on" in asked.text)
    noted = await kept(live.bot, advice)
    outcome = ftsdk.read_decision(noted.record.encode(), "record").outcome
    assert outcome is not None
    assert outcome.did == "prompt"
    assert outcome.result in ("hit", "miss"), "whichever came first"
    await eventually(lambda: RESULTS[outcome.result][1] in asked.text)
    files = await eventually(
        lambda: [one for one in slack.messages(slack.state.dm(ana.id).id) if one.body.get("files")]
    )
    assert len(files) == 1
    await live.bot.follow()
    assert len([one for one in ana.dms if "What came of it?" in one.text or "Noted on" in one.text]) == 1


async def test_nobody_answers_for_somebody_else(live: Running, ana: Person, slack: StandIn) -> None:
    advice = await advised(ana)
    known = await kept(live.bot, advice)
    change(live.bot, known.draft, ask_at=1.0)
    asked = (await eventually(lambda: [one for one in ana.dms if "What came of it?" in one.text]))[0]
    ben = slack.person("U0BEN", "ben")
    for action in ("ft:advice:hit", "ft:advice:follow"):
        where = asked if action.endswith("hit") else advice
        await ben.click(where, action)
    await eventually(lambda: len([one for one in [*ben.ephemerals, *ben.dms] if "somebody else" in one.text]) == 2)
    after = await kept(live.bot, advice)
    assert (after.outcome, after.look_at) == ("", None)


async def test_two_replicas_ask_and_tell_once(slack: StandIn, ana: Person, project: Workspace) -> None:
    hurried = settings_for(slack, project)
    calm = settings_for(slack, project, tick_seconds=3600.0)
    async with running(slack, hurried, "socket") as first:
        _advice, known = await followed(first.bot, ana)
    async with running(slack, calm, "http") as one, running(slack, calm, "http") as other:
        change(one.bot, known.draft, record=by_older_tables(known.record), look_at=1.0, ask_at=1.0)
        await asyncio.gather(*(bot.following.look() for bot in (one.bot, other.bot) for _time in range(3)))
        with one.bot.store.database.read() as connection:
            keys = [row.key for row in connection.execute(OUTBOX.select()) if row.key.startswith("advice:")]
        assert len([key for key in keys if key.endswith(":asked")]) == 1
        assert len([key for key in keys if ":changed:" in key]) == 1


async def test_the_thread_of_an_advice_that_is_followed_outlives_other_messages(
    slack: StandIn, ana: Person, project: Workspace
) -> None:
    async with running(slack, settings_for(slack, project), "socket") as found:
        bot = found.bot
        _advice, known = await followed(bot, ana)
        await bot.want(Wanted("old:one", ana.id, {"text": "old"}))
        await eventually(lambda: [one for one in ana.dms if one.text == "old"])
        await eventually(lambda: _all_sent(bot))
        ago = bot.store.now - KEPT_SECONDS - 60.0
        with bot.store.database.begin() as connection:
            connection.execute(update(OUTBOX).values(created_at=ago))
            connection.execute(update(ADVICES).values(advised_at=ago))
        await bot.forget()
        assert await bot.outbox.known(known.message)
        assert not await bot.outbox.known("old:one")
        await bot.advices.follow(known.draft, wanted=False)
        await bot.forget()
        assert _kept(bot, known.draft) is None


def _all_sent(bot: Bot) -> bool:
    with bot.store.database.read() as connection:
        return all(row.state == "sent" for row in connection.execute(OUTBOX.select()))
