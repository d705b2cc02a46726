"""A bot that is really connected: over HTTP or over Socket Mode, to a stand-in for Slack, on a workspace with runs."""

from __future__ import annotations

import shutil
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import structlog
from aiohttp import web

from ftbot.app import start_bot
from ftbot.bot import Bot
from ftbot.gate import Gate
from ftbot.http import PATH, web_app
from ftbot.settings import Settings
from ftbot.sockets import connected_sockets
from ftbot.standin import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, StandIn
from ftbot.standin.person import Person
from ftbot.store.database import Store
from ftbot.store.tables import METADATA
from ftsdk.testing import workspace
from ftsdk.workspace import Workspace
from tests.postgres import PostgresServer

# A project with people, who may approve.
TEAM_PROJECT = """\
apiVersion: ftsdk/v1
kind: Project
spec:
  people:
    ana: {slack: U0000ANA}
    ben: {slack: U0000BEN, github: ben-b}
    cleo: {slack: U000CLEO}
  groups: {leads: {people: [ana, ben, cleo]}}
  teams: {support: {paths: ["specs/*"], owners: [group:leads], budget: {usd_per_month: 500}}}
"""
TEAM_CHANNEL, RUNS_CHANNEL = "C0TEAM", "C0RUNS"


def log_plainly() -> None:
    """Log lines without frames drawn round them: they are slow, and show every local variable."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


@pytest.fixture(autouse=True, scope="session")
def plain_logs() -> None:
    log_plainly()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the bot's tables: made once, copied for every test."""
    path = tmp_path_factory.mktemp("migrated") / "ftbot.db"
    Store(f"sqlite:///{path}", path.parent).close()
    return path


@contextmanager
def with_bot_tables(migrated: Path, files: Mapping[str, str] | None = None) -> Iterator[Workspace]:
    """The example project, its bot's database in place."""
    with workspace(files=files) as found:
        (found.root / ".ftsdk").mkdir()
        shutil.copy(migrated, found.root / ".ftsdk" / "ftbot.db")
        yield found


@pytest.fixture
def project(migrated: Path) -> Iterator[Workspace]:
    with with_bot_tables(migrated) as found:
        yield found


@pytest.fixture
def team_project(migrated: Path) -> Iterator[Workspace]:
    with with_bot_tables(migrated, {"ftsdk.yaml": TEAM_PROJECT}) as found:
        yield found


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> str:
    """A PostgreSQL database with the bot's tables; emptied for every test."""
    url = postgres.fresh()
    Store(url, Path()).close()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, project: Workspace) -> str:
    """A database with the bot's tables, empty, of one kind after the other."""
    if request.param == "sqlite":
        return f"sqlite:///{project.root}/.ftsdk/ftbot.db"
    return emptied(request.getfixturevalue("migrated_postgres"))


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    async with StandIn() as running:
        running.channel(TEAM_CHANNEL, "U0ANA")
        running.channel(RUNS_CHANNEL, "U0ANA")
        yield running


@pytest.fixture
def ana(slack: StandIn) -> Person:
    return slack.person("U0ANA", "ana")


def settings_for(slack: StandIn, project: Workspace, **given: Any) -> Settings:
    """Settings that reach the stand-in and hurry."""
    values: dict[str, Any] = {
        "bot_token": BOT_TOKEN,
        "app_token": APP_TOKEN,
        "signing_secret": SIGNING_SECRET,
        "workspace": project.root,
        "slack_api_url": slack.url,
        "tick_seconds": 0.05,
        "port": 0,
    }
    return Settings(**(values | given))


class Running(NamedTuple):
    """A bot and how it is reached: ``url`` is empty over sockets."""

    bot: Bot
    url: str


@asynccontextmanager
async def running(slack: StandIn, settings: Settings, transport: str) -> AsyncIterator[Running]:
    """A bot that the stand-in delivers to."""
    async with AsyncExitStack() as stack:
        app, bot = await stack.enter_async_context(start_bot(settings))
        if transport == "socket":
            await stack.enter_async_context(connected_sockets(app, bot, settings))
            yield Running(bot, "")
            return
        runner = web.AppRunner(web_app(app, bot, Gate(SIGNING_SECRET)), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
        slack.reach(url)
        yield Running(bot, url)


def emptied(url: str) -> str:
    """A database with the bot's tables, and nothing in them."""
    store = Store(url, Path())
    with store.database.begin() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(table.delete())
    store.close()
    return url


@pytest.fixture(params=["http", "socket", "socket on postgresql"])
async def live(request: pytest.FixtureRequest, slack: StandIn, project: Workspace) -> AsyncIterator[Running]:
    transport, _, on = request.param.partition(" on ")
    given = {"database_url": emptied(request.getfixturevalue("migrated_postgres"))} if on else {}
    async with running(slack, settings_for(slack, project, **given), transport) as found:
        yield found
