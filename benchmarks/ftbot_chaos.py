"""Chaos: messages to the bot, some delivered twice, while it is killed and Slack refuses or drops calls.

python -m benchmarks.ftbot_chaos [DELIVERIES] [SEED]; prints what was lost or doubled and how long it took. Every
message is to get one answer in its thread. A delivery is repeated until it is acknowledged, as Slack does with events.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from ftbot.standin import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, StandIn
from ftbot.standin.person import Person

TWICE, KILLED, LIMITED, DROPPED = 0.20, 0.05, 0.05, 0.02
LANES = 20
PEOPLE = 2000
STILL_SECONDS = 60.0


class Outcome(NamedTuple):
    """What came of it: messages without an answer, answers too many, and what was done to the bot."""

    deliveries: int
    lost: int
    doubled: int
    kills: int
    seconds: float


class Victim:
    """The bot's process, which is killed and started again."""

    def __init__(self, keeper: asyncio.subprocess.Process) -> None:
        self._keeper = keeper
        self._lock = asyncio.Lock()
        self.kills = 0

    async def say(self, word: str) -> None:
        """Have the keeper start or kill the bot."""
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        self._keeper.stdin.write(f"{word}\n".encode())
        await self._keeper.stdin.drain()
        await self._keeper.stdout.readline()

    async def kill(self) -> None:
        """kill -9, and start again at once."""
        async with self._lock:
            self.kills += 1
            await self.say("kill")
            await self.say("start")


async def deliver(person: Person, chance: random.Random) -> None:
    """One message, delivered until it is acknowledged, and sometimes once more."""
    ack = await person.says("runs")
    kept = person.last
    while not ack.ok:
        await asyncio.sleep(0.05)
        person.last = kept
        ack = await person.again(retry=1)
    if chance.random() < TWICE:
        person.last = kept
        await person.again(retry=1)


async def lane(slack: StandIn, victim: Victim, numbers: list[int], chance: random.Random) -> None:
    """Some of the messages, one after the other."""
    for number in numbers:
        if chance.random() < LIMITED:
            slack.faults.plan("chat.postMessage", "rate_limited")
        if chance.random() < DROPPED:
            slack.faults.plan("chat.postMessage", "drop_after")
        if chance.random() < KILLED:
            await victim.kill()
        # A person of its own for each delivery under way: `last` is one.
        await deliver(slack.person(f"U{number % PEOPLE:05d}"), chance)


def answers(slack: StandIn) -> Counter[str]:
    """How many answers each message has, by channel and time."""
    found: Counter[str] = Counter()
    for message in slack.state.messages:
        if message.body.get("user"):
            found[f"{message.channel}/{message.ts}"] += 0
        else:
            found[f"{message.channel}/{message.body.get('thread_ts')}"] += 1
    return found


async def chaos(deliveries: int, seed: int) -> Outcome:
    """Run it; the bot's files are in a temporary directory."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ftbot-chaos-") as directory:
        (Path(directory) / "ftsdk.yaml").write_text("apiVersion: ftsdk/v1\nkind: Project\n")
        async with StandIn(limit_rates=False) as slack:
            slack.faults.retry_after = 1
            port = _free_port()
            slack.reach(f"http://127.0.0.1:{port}/slack/events")
            keeper = await _keeper(slack, directory, port)
            victim = Victim(keeper)
            await victim.say("start")
            lanes = [list(range(start, deliveries, LANES)) for start in range(LANES)]
            await asyncio.gather(
                *(lane(slack, victim, numbers, random.Random(f"{seed} {n}")) for n, numbers in enumerate(lanes))
            )
            await _drained(slack)
            await victim.say("kill")
            keeper.kill()
            await keeper.communicate()
            found = answers(slack)
    return Outcome(
        deliveries=deliveries,
        lost=deliveries - sum(count > 0 for count in found.values()),
        doubled=sum(count - 1 for count in found.values() if count > 1),
        kills=victim.kills,
        seconds=time.monotonic() - begun,
    )


async def _drained(slack: StandIn) -> None:
    """Wait until every message has its answer, or nothing comes any more; then a little longer for answers too many."""
    open_before, still_since = -1, time.monotonic()
    while open_now := sum(count == 0 for count in answers(slack).values()):
        if open_now != open_before:
            open_before, still_since = open_now, time.monotonic()
        if time.monotonic() - still_since > STILL_SECONDS:
            return
        await asyncio.sleep(1.0)
    await asyncio.sleep(3.0)


async def _keeper(slack: StandIn, directory: str, port: int) -> asyncio.subprocess.Process:
    given = {name: value for name, value in os.environ.items() if not name.startswith(("FTBOT_", "SLACK_"))} | {
        "FTBOT_BOT_TOKEN": BOT_TOKEN,
        "FTBOT_APP_TOKEN": APP_TOKEN,
        "FTBOT_SIGNING_SECRET": SIGNING_SECRET,
        "FTBOT_SLACK_API_URL": slack.url,
        "FTBOT_WORKSPACE": directory,
        "FTBOT_PORT": str(port),
        "FTBOT_TICK_SECONDS": "0.2",
    }
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks._ftbot_process", env=given, stdin=pipe, stdout=pipe
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def main() -> None:
    """Print the outcome."""
    numbers = [int(word) for word in sys.argv[1:]]
    found = asyncio.run(chaos(*(numbers + [1_000, 7][len(numbers) :])))
    print(
        f"{found.deliveries} messages, {found.kills} kills, {found.seconds:.0f} s: "
        f"{found.lost} lost (bar 0), {found.doubled} answers too many (bar 0 where history may be read)"
    )


if __name__ == "__main__":
    main()
