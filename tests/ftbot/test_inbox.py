"""What Slack sent is written down once, done at least once, and lost never."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from ftbot import inbox as inbox_module
from ftbot.inbox import ATTEMPTS, Arrival, Inbox
from ftbot.listeners import arrivals
from ftbot.standin import StandIn, eventually
from ftbot.standin.person import Person
from ftbot.store.database import Store
from ftbot.store.tables import INBOX
from ftsdk.workspace import Workspace
from tests.ftbot.conftest import TEAM_CHANNEL, running, settings_for

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(project: Workspace, database_url: str) -> Iterator[Store]:
    found = Store(database_url, project.root)
    yield found
    found.close()


def arrival(key: str = "event:1") -> Arrival:
    return Arrival(key, "dm", "U0ANA", {"text": "hello"})


def change(store: Store, **values: Any) -> None:
    with store.database.begin() as connection:
        connection.execute(update(INBOX).values(**values))


async def test_a_request_that_comes_twice_is_written_down_once(store: Store) -> None:
    inbox = Inbox(store)
    first = await inbox.accept(arrival(), lambda _connection: {"text": "answered"})
    again = await inbox.accept(arrival(), lambda _connection: {"text": "another"})
    assert first.entry is not None
    assert again.entry is None
    assert again.answer == first.answer == {"text": "answered"}


async def test_of_many_deliveries_at_once_one_is_worked_on(store: Store) -> None:
    inbox = Inbox(store)
    accepted = await asyncio.gather(*(inbox.accept(arrival()) for _delivery in range(20)))
    assert sum(one.entry is not None for one in accepted) == 1


async def test_what_decides_the_answer_is_undone_with_the_row(store: Store) -> None:
    inbox = Inbox(store)

    def fails(_connection: Any) -> dict[str, Any]:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await inbox.accept(arrival(), fails)
    assert (await inbox.accept(arrival())).entry is not None, "the retry is taken as new"


async def test_a_request_is_not_taken_from_whoever_works_on_it(store: Store) -> None:
    inbox = Inbox(store)
    await inbox.accept(arrival())
    assert await inbox.claim() == []


@pytest.mark.parametrize("how", ["lease over", "owner dead", "given back"])
async def test_a_request_of_a_process_that_is_gone_is_taken_over(store: Store, how: str) -> None:
    inbox = Inbox(store)
    await inbox.accept(arrival())
    if how == "lease over":
        change(store, lease_until=1.0)
    elif how == "owner dead":
        host = store.owner.rsplit("/", 3)[0]
        change(store, owner=f"{host}/999999/1/bot1")
    else:
        await inbox.release()
    assert [entry.arrival for entry in await inbox.claim()] == [arrival()]
    assert await inbox.claim() == [], "once"


async def test_what_fails_is_tried_again_and_given_up_at_last(store: Store) -> None:
    inbox = Inbox(store)
    entry = (await inbox.accept(arrival())).entry
    for attempt in range(1, ATTEMPTS + 1):
        assert entry is not None
        assert await inbox.failed(entry, "no luck") is (attempt == ATTEMPTS)
        change(store, due_at=0.0)
        entry = next(iter(await inbox.claim()), None)
    assert entry is None
    assert (await inbox.accept(arrival())).entry is None, "a redelivery does not start it anew"


async def test_closed_requests_are_kept_for_a_day_and_open_ones_for_ever(store: Store) -> None:
    inbox = Inbox(store)
    closed, _open = (await inbox.accept(arrival("a"))).entry, (await inbox.accept(arrival("b"))).entry
    assert closed is not None
    await inbox.done(closed)
    change(store, received_at=time.time() - 23 * 3600)
    assert await inbox.forget() == 0
    change(store, received_at=time.time() - 25 * 3600)
    assert await inbox.forget() == 1
    with store.database.read() as connection:
        assert connection.execute(select(INBOX.c.key)).scalars().all() == ["b"]


async def test_a_request_that_was_acknowledged_and_not_done_is_done_by_the_next_process(
    slack: StandIn, ana: Person, project: Workspace, database_url: str
) -> None:
    store = Store(database_url, project.root)
    url = ana._response_url(TEAM_CHANNEL)
    body = {"text": "help", "trigger_id": "1", "response_url": url, "channel_id": TEAM_CHANNEL, "user_id": "U0ANA"}
    await Inbox(store).accept(arrivals.command(body))
    change(store, owner=f"{store.owner.rsplit('/', 3)[0]}/999999/1/bot1")
    store.close()
    async with running(slack, settings_for(slack, project, database_url=database_url), "socket"):
        await eventually(lambda: ana.ephemerals)


async def test_somebody_whose_request_is_given_up_is_told(
    slack: StandIn, ana: Person, project: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "BACKOFF", (0.0,) * ATTEMPTS)
    slack.faults.plan("users.info", *["server_error"] * ATTEMPTS)
    async with running(slack, settings_for(slack, project), "http"):
        assert (await ana.command("help", TEAM_CHANNEL)).ok
        await eventually(lambda: [one for one in ana.ephemerals if "Something went wrong" in one.text])
    assert "internal_error" not in str(ana.ephemerals), "what went wrong is in the log, not in the channel"


async def test_a_database_that_cannot_be_written_is_not_acknowledged(
    slack: StandIn, ana: Person, project: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack then delivers events again: nothing is lost that was not written down."""
    async with running(slack, settings_for(slack, project), "http") as live:

        async def full(*_args: Any) -> Any:
            raise OSError("disk full")

        with monkeypatch.context() as patched:
            patched.setattr(live.bot.inbox, "accept", full)
            assert not (await ana.says("runs")).ok
        assert (await ana.again(retry=2)).ok
        await eventually(lambda: ana.dms)
