"""Messages arrive once, in order and in their newest state, whatever goes wrong between us and Slack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
import pytest
from sqlalchemy import select, update

from ftbot.app import slack_client
from ftbot.outbox import Outbox, Wanted
from ftbot.pace import CHANNELS, EDITS, POSTS, URGENT_EDITS, Pace, Room
from ftbot.screens.blocks import cell, chart, message, paragraph, table, words
from ftbot.sender import Sender
from ftbot.standin import StandIn, eventually, web_api
from ftbot.standin.state import Refused
from ftbot.store.database import Store
from ftbot.store.tables import OUTBOX
from ftsdk.workspace import Workspace
from tests.ftbot.conftest import RUNS_CHANNEL, settings_for

pytestmark = pytest.mark.anyio
HISTORY = {"channels:history", "groups:history"}


class Post(NamedTuple):
    """An outbox with its sender, driven by hand."""

    outbox: Outbox
    sender: Sender
    store: Store

    async def settle(self, most: int = 50) -> None:
        """Send until nothing is due."""
        for _round in range(most):
            if not await self.sender.send_due():
                return

    async def states(self) -> dict[str, str]:
        """State by key."""

        def read() -> dict[str, str]:
            with self.store.database.read() as connection:
                return {row.key: row.state for row in connection.execute(select(OUTBOX))}

        return await self.store.run(read)

    async def hurry(self) -> None:
        """Let everything be due now, as if time had passed."""

        def write() -> None:
            with self.store.database.begin() as connection:
                connection.execute(update(OUTBOX).values(due_at=0.0))

        await self.store.run(write)


@asynccontextmanager
async def posting(slack: StandIn, project: Workspace, url: str) -> AsyncIterator[Post]:
    settings = settings_for(slack, project)
    store = Store(url, project.root)
    async with aiohttp.ClientSession() as session:
        outbox = Outbox(store)
        yield Post(outbox, Sender(outbox, slack_client(settings, session), session), store)
    store.close()


@pytest.fixture
async def post(slack: StandIn, project: Workspace, database_url: str) -> AsyncIterator[Post]:
    async with posting(slack, project, database_url) as found:
        yield found


def wanted(key: str, text: str, **options: Any) -> Wanted:
    return Wanted(key=key, channel=RUNS_CHANNEL, body=message(text, [paragraph(words(text))]), **options)


def texts(slack: StandIn) -> list[str]:
    return [found.text for found in slack.messages(RUNS_CHANNEL)]


async def test_the_same_key_edits_one_message_and_the_newest_state_wins(post: Post, slack: StandIn) -> None:
    await post.outbox.put(wanted("a", "first"))
    await post.settle()
    for number in range(5):
        await post.outbox.put(wanted("a", f"state {number}"))
    await post.settle()
    assert texts(slack) == ["state 4"]
    assert slack.messages(RUNS_CHANNEL)[0].edits == 1, "states in between are not sent"


async def test_what_slack_has_already_is_not_sent_again(post: Post, slack: StandIn) -> None:
    for _time in range(3):
        await post.outbox.put(wanted("a", "same"))
        await post.settle()
    assert len(slack.called("chat.postMessage")) == 1
    assert slack.called("chat.update") == []


async def test_edits_wait_for_their_time_and_urgent_ones_do_not(post: Post, slack: StandIn) -> None:
    await post.outbox.put(wanted("a", "first"))
    await post.settle()
    await post.outbox.put(wanted("a", "progress", every=3600.0))
    await post.settle()
    assert texts(slack) == ["first"]
    await post.outbox.put(wanted("a", "final", every=3600.0, urgent=True))
    await post.settle()
    assert texts(slack) == ["final"]


async def test_replies_follow_their_parent_and_each_other(post: Post, slack: StandIn) -> None:
    slack.faults.retry_after = 0
    slack.faults.plan("chat.postMessage", "rate_limited")
    await post.outbox.put(
        wanted("one", "first reply", thread="parent"),
        wanted("two", "second reply", thread="parent"),
        wanted("parent", "the parent"),
    )
    await post.settle()
    assert texts(slack) == ["the parent", "first reply", "second reply"]
    parent, *replies = slack.messages(RUNS_CHANNEL)
    assert {reply.body["thread_ts"] for reply in replies} == {parent.ts}


@pytest.mark.parametrize("fault", ["rate_limited", "server_error", "bad_gateway", "drop_before"])
@pytest.mark.parametrize("scopes", [HISTORY, set()])
async def test_a_post_that_failed_is_posted_once(post: Post, slack: StandIn, fault: Any, scopes: set[str]) -> None:
    slack.state.scopes |= scopes
    slack.faults.retry_after = 0
    slack.faults.plan("chat.postMessage", fault)
    await post.outbox.put(wanted("a", "hello"))
    for _round in range(4):
        await post.settle()
        await post.hurry()
    assert texts(slack) == ["hello"]


async def test_a_post_whose_answer_was_lost_is_found_and_not_posted_twice(post: Post, slack: StandIn) -> None:
    slack.state.scopes |= HISTORY
    slack.faults.plan("chat.postMessage", "drop_after")
    await post.outbox.put(wanted("a", "hello"))
    await post.settle()
    assert (await post.states())["a"] == "ambiguous"
    await post.hurry()
    await post.settle()
    assert texts(slack) == ["hello"]
    await post.outbox.put(wanted("a", "edited"))
    await post.settle()
    assert texts(slack) == ["edited"], "the message that was found is ours to edit"


async def test_a_reply_whose_answer_was_lost_is_found_in_its_thread(post: Post, slack: StandIn) -> None:
    slack.state.scopes |= HISTORY
    await post.outbox.put(wanted("parent", "the parent"))
    await post.settle()
    slack.faults.plan("chat.postMessage", "drop_after")
    await post.outbox.put(wanted("reply", "a reply", thread="parent"))
    for _round in range(3):
        await post.settle()
        await post.hurry()
    assert texts(slack) == ["the parent", "a reply"]


async def test_where_nobody_lets_us_look_a_lost_post_is_posted_again_once_and_late(post: Post, slack: StandIn) -> None:
    slack.faults.plan("chat.postMessage", "drop_after")
    await post.outbox.put(wanted("a", "hello"))
    await post.settle()
    await post.hurry()
    await post.settle()
    assert texts(slack) == ["hello"], "it waits a minute first"
    for _round in range(3):
        await post.hurry()
        await post.settle()
    assert texts(slack) == ["hello", "hello"]


@pytest.mark.parametrize("fault", ["rate_limited", "server_error", "bad_gateway", "drop_before", "drop_after"])
async def test_an_edit_that_failed_is_repeated(post: Post, slack: StandIn, fault: Any) -> None:
    slack.faults.retry_after = 0
    await post.outbox.put(wanted("a", "first"))
    await post.settle()
    slack.faults.plan("chat.update", fault)
    await post.outbox.put(wanted("a", "second"))
    for _round in range(3):
        await post.settle()
        await post.hurry()
    assert texts(slack) == ["second"]


async def test_a_429_pauses_its_channel_and_no_other(post: Post, slack: StandIn) -> None:
    slack.channel("C0OTHER")
    slack.faults.retry_after = 30
    slack.faults.plan("chat.postMessage", "rate_limited")
    await post.outbox.put(wanted("a", "first"))
    await post.settle()
    await post.outbox.put(wanted("b", "other")._replace(channel="C0OTHER"), wanted("c", "same channel"))
    await post.settle()
    await post.hurry()
    await post.settle()
    assert texts(slack) == []
    assert len(slack.messages("C0OTHER")) == 1
    assert len(slack.called("chat.postMessage")) == 1, "the paused channel is not even asked"


async def test_a_message_that_was_deleted_is_posted_anew(post: Post, slack: StandIn) -> None:
    await post.outbox.put(wanted("a", "first"))
    await post.settle()
    slack.state.messages.clear()
    await post.outbox.put(wanted("a", "second"))
    await post.settle()
    assert texts(slack) == ["second"]


@pytest.mark.parametrize("channel", ["C0NOWHERE", "C0NOTIN", "C0OLD"])
async def test_what_can_never_arrive_is_given_up_and_holds_up_nothing(post: Post, slack: StandIn, channel: str) -> None:
    slack.channel("C0NOTIN", bot=False)
    slack.channel("C0OLD").archived = True
    await post.outbox.put(wanted("a", "lost")._replace(channel=channel), wanted("b", "fine"))
    await post.settle()
    assert await post.states() == {"a": "dead", "b": "sent"}
    assert texts(slack) == ["fine"]
    assert await post.outbox.lag() == 0.0


async def test_who_wanted_it_is_told_when_it_cannot_be_posted_and_may_want_it_again(post: Post, slack: StandIn) -> None:
    slack.channel("C0NOTIN", bot=False)
    ana = slack.person("U0ANA")
    mine = wanted("a", "shared", address="U0ANA")._replace(channel="C0NOTIN")
    await post.outbox.put(mine)
    await post.settle()
    assert "not a member of that channel" in ana.dms[0].text
    slack.channel("C0NOTIN")
    await post.outbox.put(mine)
    await post.settle()
    assert len(slack.messages("C0NOTIN")) == 1


async def test_what_slack_does_not_draw_is_simplified_until_it_does(
    post: Post, slack: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workspace without the newest blocks refuses them by name; the lint cannot know that."""
    new = {"data_visualization", "data_table"}

    def refuses(body: dict[str, Any]) -> None:
        if any(block["type"] in new for block in body.get("blocks", ())):
            raise Refused("invalid_blocks")

    monkeypatch.setattr(web_api, "check_message", refuses)
    blocks = [
        paragraph(words("Words stay.")),
        chart("line", "Loss", ["1", "2"], [("train", [2.0, 1.0])], "step", "loss"),
        table("A table", ("Metric", "Value"), [[cell("fields"), cell("0.93")]]),
    ]
    await post.outbox.put(Wanted("a", RUNS_CHANNEL, message("A chart", blocks)))
    await post.settle()
    shown = slack.messages(RUNS_CHANNEL)[0].body["blocks"]
    assert [block["type"] for block in shown] == ["rich_text", "rich_text"]
    assert "fields" in str(shown[1])
    assert "0.93" in str(shown[1])


async def test_a_message_that_breaks_a_limit_is_simplified_before_it_is_sent(post: Post, slack: StandIn) -> None:
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": "x" * 3001}}]
    await post.outbox.put(Wanted("a", RUNS_CHANNEL, message("too long", blocks)))
    await post.settle()
    assert texts(slack) == ["too long"]
    assert len(slack.called("chat.postMessage")) == 1


async def test_another_process_goes_on_where_one_died_while_posting(
    slack: StandIn, project: Workspace, database_url: str
) -> None:
    """Killed between the post and its record: the post is looked for, and found."""
    slack.state.scopes |= HISTORY
    async with posting(slack, project, database_url) as dying:
        await dying.outbox.put(wanted("a", "hello"))
        letters = await dying.outbox.claim()
        await dying.sender._call(letters[0], letters[0].body)
        await dying.outbox.release()
    async with posting(slack, project, database_url) as living:
        await living.settle()
        assert (await living.states())["a"] == "sent"
    assert texts(slack) == ["hello"]


async def test_two_processes_share_the_work_and_send_nothing_twice(
    slack: StandIn, project: Workspace, database_url: str
) -> None:
    async with posting(slack, project, database_url) as first, posting(slack, project, database_url) as second:
        for number in range(12):
            slack.channel(f"C0N{number}")
            await first.outbox.put(wanted(f"m{number}", f"message {number}")._replace(channel=f"C0N{number}"))
        await asyncio.gather(first.settle(), second.settle())
        await eventually(lambda: len(slack.called("chat.postMessage")) >= 12)
        assert len(slack.called("chat.postMessage")) == 12
        assert set((await first.states()).values()) == {"sent"}


async def test_answers_by_response_url_are_sent_and_given_up_when_it_is_over(post: Post, slack: StandIn) -> None:
    ana = slack.person("U0ANA")
    url = ana._response_url(RUNS_CHANNEL)
    body = message("hello", [paragraph(words("hello"))]) | {"response_type": "ephemeral"}
    await post.outbox.put(Wanted("a", RUNS_CHANNEL, body, target="response", address=url))
    await post.settle()
    assert [one.text for one in ana.ephemerals] == ["hello"]
    over = f"{slack.url}/respond/never"
    await post.outbox.put(Wanted("b", RUNS_CHANNEL, body, target="response", address=over))
    await post.settle()
    assert (await post.states())["b"] == "dead"


# -- pace ----------------------------------------------------------------------------------------------------


async def test_progress_leaves_room_for_final_states() -> None:
    pace = Pace()
    edits = [pace.wait("chat.update", "C1", 0.0) for _edit in range(60)]
    assert edits.count(0.0) == EDITS
    urgent = [pace.wait("chat.update", "C1", 1.0, urgent=True) for _edit in range(20)]
    assert urgent.count(0.0) == URGENT_EDITS - EDITS
    assert pace.wait("chat.update", "C1", 61.0) == 0.0


async def test_quiet_channels_are_forgotten() -> None:
    pace = Pace()
    for number in range(10_000):
        assert pace.wait("chat.postMessage", f"C{number}", float(number)) == 0.0
    assert len(pace._times) <= CHANNELS + 1


async def test_posts_are_paced_by_channel() -> None:
    pace = Pace()
    assert [pace.wait("chat.postMessage", "C1", 0.0) for _post in range(6)].count(0.0) == POSTS
    assert pace.wait("chat.postMessage", "C2", 0.0) == 0.0
    pace.pause("chat.postMessage", "C2", 30.0, 0.0)
    assert pace.wait("chat.postMessage", "C2", 10.0) == 20.0
    assert pace.wait("chat.postMessage", "C3", 10.0) == 0.0


async def test_what_there_is_no_room_for_keeps_its_place_and_hides_nothing(post: Post, slack: StandIn) -> None:
    for key in ("a", "b", "c"):
        await post.outbox.put(wanted(key, "first"))
        await post.settle()
    for key in ("c", "b", "a"):
        await post.outbox.put(wanted(key, "second"))
    await post.outbox.put(wanted("new", "post"))
    assert [one.key for one in await post.outbox.claim(room=Room(0, 0))] == ["new"], "posts do not wait behind edits"
    (longest,) = await post.outbox.claim(room=Room(1, 1))
    assert longest.key == "a", "the one that stood unchanged for the longest time"


async def test_first_edits_of_cards_that_were_posted_together_come_apart(post: Post, slack: StandIn) -> None:
    keys = [f"card {number}" for number in range(POSTS)]
    for key in keys:
        await post.outbox.put(wanted(key, "first"))
        await post.settle()
    for key in keys:
        await post.outbox.put(wanted(key, "second", every=1000.0))

    def read() -> list[float]:
        with post.store.database.read() as connection:
            return [row.due_at - row.sent_at for row in connection.execute(select(OUTBOX))]

    waits = await post.store.run(read)
    assert all(0 <= wait <= 1000.0 for wait in waits)
    assert len({round(wait, -1) for wait in waits}) == POSTS
