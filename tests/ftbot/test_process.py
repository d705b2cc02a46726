"""The bot as a process: started from the command line, stopped by a signal, killed and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from ftbot.standin import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, StandIn, eventually
from ftbot.standin.person import Person
from ftsdk.workspace import Workspace
from tests.ftbot.conftest import TEAM_CHANNEL

pytestmark = pytest.mark.anyio


def environment(slack: StandIn, root: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FTBOT_", "SLACK_"))}
    return kept | {
        "FTBOT_BOT_TOKEN": BOT_TOKEN,
        "FTBOT_APP_TOKEN": APP_TOKEN,
        "FTBOT_SIGNING_SECRET": SIGNING_SECRET,
        "FTBOT_SLACK_API_URL": slack.url,
        "FTBOT_WORKSPACE": str(root),
        "FTBOT_PORT": str(port),
        "FTBOT_TICK_SECONDS": "0.2",
    }


@asynccontextmanager
async def process(slack: StandIn, root: Path, command: str, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """`ftbot COMMAND`, once it says that it is ready; killed at the end when it is still there."""
    words = (sys.executable, "-m", "ftbot", command)
    started = await asyncio.create_subprocess_exec(
        *words, env=environment(slack, root, port), stderr=asyncio.subprocess.PIPE, cwd=root
    )
    try:
        async with aiohttp.ClientSession() as session:
            await ready(session, port)
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def ready(session: aiohttp.ClientSession, port: int) -> None:
    """Wait until /readyz says so."""
    for _look in range(300):
        with suppress(aiohttp.ClientError):  # not listening yet
            async with session.get(f"http://127.0.0.1:{port}/readyz") as response:
                if response.status == 200:
                    return
        await asyncio.sleep(0.05)
    raise TimeoutError("the bot was not ready within 15 s")


@pytest.mark.parametrize("command", ["socket", "serve"])
async def test_a_bot_starts_answers_and_ends_with_the_signal(
    slack: StandIn, ana: Person, project: Workspace, unused_port: int, command: str
) -> None:
    async with process(slack, project.root, command, unused_port) as bot:
        if command == "serve":
            slack.reach(f"http://127.0.0.1:{unused_port}/slack/events")
        assert (await ana.command("help", TEAM_CHANNEL)).ok
        await eventually(lambda: ana.ephemerals)
        bot.send_signal(signal.SIGTERM)
        _out, said = await asyncio.wait_for(bot.communicate(), 15)
        assert bot.returncode == 0, said.decode()
        assert "Traceback" not in said.decode()
        assert BOT_TOKEN not in said.decode()


async def test_two_sockets_are_open_so_that_one_may_be_renewed(
    slack: StandIn, ana: Person, project: Workspace, unused_port: int
) -> None:
    async with process(slack, project.root, "socket", unused_port):
        assert len(slack.sockets) == 2
        await slack.sockets.refresh()
        assert (await ana.command("help", TEAM_CHANNEL)).ok
        await eventually(lambda: len(slack.sockets) == 2)
        assert (await ana.command("help", TEAM_CHANNEL)).ok
        await eventually(lambda: len(ana.ephemerals) == 2)


async def test_a_token_that_slack_does_not_know_is_a_sentence(slack: StandIn, project: Workspace) -> None:
    given = environment(slack, project.root, 0) | {"FTBOT_BOT_TOKEN": "xoxb-revoked"}
    done = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ftbot", "socket", env=given, stderr=asyncio.subprocess.PIPE, cwd=project.root
    )
    _out, said = await asyncio.wait_for(done.communicate(), 30)
    assert done.returncode == 15
    assert said.decode().splitlines()[-2:] == [
        "error: Slack refused the bot token: invalid_auth; nothing was started",
        "  next: copy the bot token anew from the app's page",
    ]
