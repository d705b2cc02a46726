"""1,000 runs in 200 channels on one bot: whether edits stay inside Slack's rates, how old what is shown gets, memory.

python -m benchmarks.ftbot_many [RUNS] [CHANNELS] [UPDATES] [SECONDS]; every SECONDS each run has a newer state. Outbox,
sender, pace and cards are the bot's own, on SQLite, over HTTP to a stand-in that refuses what Slack's tiers do not
grant; only the clock is simulated, and it goes on when there is nothing to do.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import tempfile
import time
from functools import cache
from math import exp
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import literal

from ftbot.app import slack_client
from ftbot.cards import edit_seconds, wait_seconds
from ftbot.metrics import Counts
from ftbot.outbox import Outbox, Wanted
from ftbot.screens.card import CardState, card
from ftbot.sender import Sender
from ftbot.settings import Settings
from ftbot.standin import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, StandIn
from ftbot.store.database import Store

STEP = 1.5
STEPS_OF_A_RUN = 4000


class Clock:
    """Seconds that somebody moves on."""

    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


class SimulatedStore(Store):
    """The bot's store, whose time is simulated."""

    def __init__(self, url: str, root: Path, clock: Clock) -> None:
        super().__init__(url, root)
        self._clock = clock

    @property
    def now(self) -> Any:
        return literal(self._clock.now)


class Ages:
    """How long the newest state of each run was not shown: from when it was wanted until Slack has it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: dict[str, float] = {}
        self.waited: list[float] = []

    def wanted(self, key: str) -> None:
        """There is something newer than what is shown."""
        self._since.setdefault(key, self._clock.now)

    def shown(self, key: str) -> None:
        """Slack has the newest state."""
        began = self._since.pop(key, None)
        if began is not None:
            self.waited.append(self._clock.now - began)


class Watched(Outbox):
    """The outbox, telling when a message is as new as it is wanted."""

    def __init__(self, store: Store, ages: Ages) -> None:
        super().__init__(store)
        self._ages = ages

    async def sent(self, letter: Any, *, ts: str | None, channel: str | None, rung: int = 0) -> None:
        await super().sent(letter, ts=ts, channel=channel, rung=rung)
        self._ages.shown(letter.key)


@cache
def curve(updates: int) -> tuple[tuple[int, float], ...]:
    """A loss for every update."""
    return tuple((1 + STEPS_OF_A_RUN * n // updates, 0.4 + 2.2 * exp(-n / 40)) for n in range(updates + 1))


def state_of(run: int, update: int, updates: int, at: float, *, done: bool = False) -> CardState:
    """A run as it is after so many updates, its whole curve with it."""
    step = STEPS_OF_A_RUN * update // updates
    losses = curve(updates)[: update + 1]
    phase = "done" if done else "train"
    return CardState(
        f"r{run}", f"spec-{run % 50}", phase, "train", step, STEPS_OF_A_RUN, losses, 60.0 * (updates - update),
        f"step {step} of {STEPS_OF_A_RUN}", "", "", at, False, 0.01 * update, 3.0, f"U{run % 100:07d}", "", False,
    )  # fmt: skip


def resident() -> float:
    """Megabytes of this process that are in memory."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Trial:
    """The bot's outgoing half, with runs that somebody else drives."""

    def __init__(
        self, slack: StandIn, outbox: Watched, sender: Sender, clock: Clock, ages: Ages, channels: int
    ) -> None:
        self.slack, self.outbox, self.sender, self.clock, self.ages = slack, outbox, sender, clock, ages
        self.channels = channels
        self.calls = 0

    async def want(self, states: list[CardState], every: float) -> None:
        """Cards of runs that moved on."""
        wanted = []
        for state in states:
            key, ended = f"run:{state.run}:card", state.phase == "done"
            channel = f"C{int(state.run[1:]) % self.channels:04d}"
            wanted.append(Wanted(key, channel, card(state), every=0.0 if ended else every, urgent=ended))
            self.ages.wanted(key)
        await self.outbox.put(*wanted)

    async def step(self) -> None:
        """Send what is due, then let time go on."""
        while await self.sender.send_due():
            pass
        self.calls += len(self.slack.calls)
        self.slack.calls.clear()
        self.clock.now += STEP


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` of them are."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


async def trial(runs: int, channels: int, updates: int, seconds: float) -> None:
    """All of it, with what came of it printed."""
    clock = Clock()
    ages, counts = Ages(clock), Counts()
    every, promised = wait_seconds(runs), edit_seconds(runs)
    with tempfile.TemporaryDirectory(prefix="ftbot-many-") as folder:
        root = Path(folder)
        async with StandIn(clock=clock) as slack, aiohttp.ClientSession() as session:
            for number in range(channels):
                slack.channel(f"C{number:04d}", "U0ANA")
            settings = Settings(
                bot_token=BOT_TOKEN, app_token=APP_TOKEN, signing_secret=SIGNING_SECRET, workspace=root,
                slack_api_url=slack.url,
            )  # fmt: skip
            store = SimulatedStore(f"sqlite:///{root}/ftbot.db", root, clock)
            outbox = Watched(store, ages)
            sender = Sender(outbox, slack_client(settings, session), session, counts, clock)
            this = Trial(slack, outbox, sender, clock, ages, channels)
            began = time.monotonic()
            await _posted(this, runs, updates, every)
            quarters = await _moved(this, runs, updates, seconds, every)
            final = await _ended(this, runs, updates)
            await store.run(lambda: None)
            store.close()
    limited = counts.text({}).partition("ftbot_messages_rate_limited_total counter\n")[2].split()[1]
    late = sum(age > promised for age in ages.waited)
    print(f"{runs} runs in {channels} channels, {updates} updates of each, one every {seconds:g} s (simulated)")
    print(f"computed interval {promised:.0f} s; calls {this.calls}, refused with 429: {limited}")
    print(
        f"newest state after p50 {percentile(ages.waited, 0.5):.0f} s, p99 {percentile(ages.waited, 0.99):.0f} s, "
        f"at most {max(ages.waited):.0f} s; later than the interval: {late} of {len(ages.waited)}"
    )
    print(f"all {runs} final states shown {final:.0f} s after the end ({runs / 48 * 60:.0f} s at 48 edits a minute)")
    growth = quarters[-1] / quarters[0] - 1
    print(f"memory after each quarter {', '.join(f'{one:.1f}' for one in quarters)} MB: {growth:+.1%} first to last")
    print(f"{time.monotonic() - began:.0f} s of real time")


async def _posted(this: Trial, runs: int, updates: int, every: float) -> None:
    await this.want([state_of(run, 0, updates, this.clock.now) for run in range(runs)], every)
    while await this.outbox.open():
        await this.step()


async def _moved(this: Trial, runs: int, updates: int, seconds: float, every: float) -> list[float]:
    """Every run moves on so often, spread over the time between; returns the memory after each quarter."""
    this.ages.waited.clear()
    quarters, steps = [], round(seconds / STEP)
    for update in range(1, updates + 1):
        for part in range(steps):
            mine = range(part, runs, steps)
            await this.want([state_of(run, update, updates, this.clock.now) for run in mine], every)
            await this.step()
        if update % (updates // 4) == 0:
            quarters.append(resident())
            print(f"  update {update}: {resident():.1f} MB", file=sys.stderr)
    return quarters


async def _ended(this: Trial, runs: int, updates: int) -> float:
    """Every run ends at once; returns how long it took until all of them were shown as ended."""
    waited = list(this.ages.waited)
    began = this.clock.now
    await this.want([state_of(run, updates, updates, this.clock.now, done=True) for run in range(runs)], 0.0)
    while await this.outbox.open():
        await this.step()
    this.ages.waited[:] = waited
    return this.clock.now - began


if __name__ == "__main__":
    given = [float(word) for word in sys.argv[1:]] + [1000, 200, 200, 30][len(sys.argv) - 1 :]
    asyncio.run(trial(int(given[0]), int(given[1]), int(given[2]), given[3]))
