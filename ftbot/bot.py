"""The bot: what came in is written down, answered and worked off; what goes out is wanted, then sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, NamedTuple

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from ftbot.approvals import ApprovalDesk
from ftbot.cards import Cards
from ftbot.checkout import Checkout
from ftbot.comparisons import Comparisons
from ftbot.following import Following
from ftbot.github import GitHub
from ftbot.inbox import Act, Answer, Arrival, Entry, Inbox
from ftbot.library import Library
from ftbot.merged import Merges
from ftbot.metrics import Counts
from ftbot.outbox import Outbox, Wanted, writes
from ftbot.people import People
from ftbot.probes import Job, Probes
from ftbot.sender import Sender
from ftbot.settings import Settings
from ftbot.store.advices import Advices
from ftbot.store.database import Store
from ftbot.store.drafts import Drafts
from ftbot.watching import Watching

LOG = structlog.get_logger("ftbot")

AT_ONCE = 50
IDLE_SECONDS = 1.0
DRAIN_SECONDS = 10.0


class Identity:
    """Who the bot is in its workspace, as auth.test says."""

    def __init__(self, answer: Any) -> None:
        self.team: str = answer["team_id"]
        self.user: str = answer["user_id"]
        self.bot: str = answer["bot_id"]


def _github(settings: Settings, session: aiohttp.ClientSession) -> GitHub | None:
    if not settings.may_propose:
        return None
    return GitHub(session, settings.github_repository, settings.secret("github_token"), settings.github_url)


def _watching(settings: Settings, github: GitHub | None, merges: Merges, library: Library) -> Watching | None:
    if not settings.watches or github is None:
        return None
    remote = settings.watch_remote or f"https://github.com/{settings.github_repository}.git"
    root = settings.workspace.resolve()
    checkout = Checkout(root, remote, settings.watch_branch, settings.secret("github_token"))
    return Watching(merges, library, github, checkout, settings.watch_branch)


class Acting(NamedTuple):
    """What is done with a request, what is said when it was given up, and how a probe is carried out."""

    act_on: Callable[[Bot, Entry], Coroutine[Any, Any, tuple[Wanted, ...]]]
    apology: Callable[[Entry], tuple[Wanted, ...]]
    probe: Callable[[Bot, Job], Coroutine[Any, Any, None]]


class Bot:
    """Everything that listeners and workers share; made once a process by `start_bot`."""

    def __init__(
        self,
        settings: Settings,
        identity: Identity,
        client: AsyncWebClient,
        session: aiohttp.ClientSession,
        acting: Acting,
    ) -> None:
        root = settings.workspace.resolve()
        self.settings = settings
        self.identity = identity
        self.client = client
        self.session = session
        self._acting = acting
        self.store = Store(settings.database_url, root)
        self.counts = Counts()
        self.inbox = Inbox(self.store)
        self.outbox = Outbox(self.store)
        self.drafts = Drafts(self.store)
        self.advices = Advices(self.store)
        self.library = Library(root)
        self.people = People(client, identity.team)
        self.sender = Sender(self.outbox, client, session, self.counts)
        self.comparisons = Comparisons(self.store, self.library)
        merges = Merges(self.store)
        self.cards = Cards(self.store, self.outbox, self.library, self.comparisons, merges, settings.runs_channel)
        self.desk = ApprovalDesk(self.store, self.outbox, self.library, settings.runs_channel)
        self.following = Following(self.store, self.outbox, self.library, self.advices)
        self.github = _github(settings, session)
        self.watching = _watching(settings, self.github, merges, self.library)
        self.probes = Probes(self.store, partial(acting.probe, self))
        self.stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._on_duty: set[str] = set()
        self._wake = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None

    # -- in -------------------------------------------------------------------------------------------------------

    async def accept(self, arrival: Arrival, act: Act | None = None) -> Answer | None:
        """Write a request down and start on it; returns what to acknowledge it with. Said twice, done once."""
        accepted = await self.inbox.accept(arrival, act)
        self.counts.add("requests_repeated_total" if accepted.entry is None else "requests_total")
        if accepted.entry is not None:
            self.start_on(accepted.entry)
        return accepted.answer

    def start_on(self, entry: Entry) -> None:
        """Work on a request beside everything else; what is not done when the process ends, the next one takes up."""
        self.spawn(self.work_on(entry))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that the shutdown waits for."""
        task = asyncio.create_task(self._logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _logged(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:  # a database or a workspace that is away; rows and duties are taken up again
            LOG.exception("unfinished")

    async def work_on(self, entry: Entry) -> None:
        """Do what a request asks for, and close it together with the messages that it led to."""
        try:
            wanted = await self._acting.act_on(self, entry)
        except Exception as error:
            self.counts.add("requests_failed_total")
            LOG.exception("request failed", request=entry.number, kind=entry.arrival.kind)
            if await self.inbox.failed(entry, f"{type(error).__name__}: {error}"):
                await self.want(*self._acting.apology(entry))
            return
        await self.inbox.done(entry, writes(self.outbox, wanted))
        if wanted:
            self._wake.set()

    async def sweep(self) -> None:
        """Take up requests that nobody works on: their process died, or they failed and are due again."""
        for entry in await self.inbox.claim(AT_ONCE):
            self.start_on(entry)

    # -- out ------------------------------------------------------------------------------------------------------

    async def want(self, *wanted: Wanted) -> None:
        """Say what messages should be, and have them sent."""
        if wanted:
            await self.outbox.put(*wanted)
            self._wake.set()

    def start_sending(self) -> None:
        """Send from now on."""
        self._sending = asyncio.create_task(self._send_forever())

    async def _send_forever(self) -> None:
        while not self.stopping:
            try:
                sent = await self.sender.send_due()
            except Exception:
                LOG.exception("the outbox could not be worked off")
                sent = 0
            if not sent:
                await self._idle()

    async def _idle(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), IDLE_SECONDS)
        except TimeoutError:
            return
        self._wake.clear()

    # -- duties ---------------------------------------------------------------------------------------------------

    async def on_duty(self, duty: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start a duty that the shutdown waits for; one that is still under way is not started again."""
        if self.stopping or duty.__name__ in self._on_duty:
            return
        self._on_duty.add(duty.__name__)
        self.spawn(self._do(duty))

    async def _do(self, duty: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await duty()
        finally:
            self._on_duty.discard(duty.__name__)

    async def tick(self) -> None:
        """Bring cards to where the runs are, and messages of approvals to what was decided."""
        if await self.cards.look() + await self.desk.look():
            self._wake.set()

    async def follow(self) -> None:
        """Say what has changed about advices, and ask what came of them."""
        if await self.following.look():
            self._wake.set()

    async def probe(self) -> None:
        """Measure what waits to be measured."""
        await self.probes.work()

    async def watch(self) -> None:
        """Bring merged specs on, where a branch is watched."""
        if self.watching is not None:
            for run in await self.watching.look():  # its card may have been drawn before it was known with what it came
                await self.want(*await self.cards.redrawn(run))

    async def forget(self) -> None:
        """Delete what is older than it is kept."""
        gone = {
            "inbox": await self.inbox.forget(),
            "outbox": await self.outbox.forget(),
            "drafts": await self.drafts.forget(),
            "advices": await self.advices.forget(),
        }
        LOG.info("forgot", **gone)

    async def metrics(self) -> str:
        """Counters of this process, and how far inbox and outbox are behind."""
        gauges = {
            "inbox_open": await self.inbox.open(),
            "outbox_open": await self.outbox.open(),
            "outbox_lag_seconds": await self.outbox.lag(),
        }
        return self.counts.text(gauges)

    async def close(self) -> None:
        """Finish what is under way, give back the rest, and let go of everything."""
        self.stopping = True
        self._wake.set()  # asked to end, not cancelled: wait_for of Python 3.11 may swallow a cancellation
        under_way = {*self._tasks, *([self._sending] if self._sending else ())}
        if under_way:
            _done, late = await asyncio.wait(under_way, timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=1.0)
        await self.inbox.release()
        await self.outbox.release()
        self.store.close()
        self.library.close()
