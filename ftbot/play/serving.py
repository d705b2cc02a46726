"""Starts it all in one process: the stand-in for Slack, the bot over Socket Mode, the worker and the page."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import web
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

import ftsdk
from ftbot.app import start_bot
from ftbot.play.page import page_app
from ftbot.play.recording import REPLAY_SECONDS
from ftbot.play.story import Story
from ftbot.settings import Settings
from ftbot.sockets import connected_sockets
from ftbot.standin import APP_TOKEN, BOT_TOKEN, StandIn
from ftbot.standin.server import SCOPES

PROJECT = Path(__file__).with_name("project")
PORT = 8700
GENERAL, RUNS = "C0GENERAL", "C0RUNS"
PEOPLE = {"U0ANA": "ana", "U0BEN": "ben", "U0CLEO": "cleo"}
OPTIONAL_SCOPES = ("channels:history", "files:read", "files:write", "groups:history")
ENDED = "Ended."
PATIENT_SECONDS = 60.0  # Slack waits three; a machine that trains beside it may take longer


class PlaySettings(Settings):
    """The bot's settings without this machine's environment: play talks to nothing but the stand-in."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic names it
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given."""
        return (init_settings,)


@asynccontextmanager
async def playing(root: Path, port: int = 0, replay_seconds: float = REPLAY_SECONDS) -> AsyncIterator[str]:
    """Everything, running on the project in ``root``; gives the page's address. Raises UsageError for a taken port."""
    _lay_out(root)
    async with StandIn(scopes=(*SCOPES, *OPTIONAL_SCOPES)) as slack:
        slack.state.trigger_seconds = PATIENT_SECONDS
        people = {id: slack.person(id, name) for id, name in PEOPLE.items()}
        for id, name in ((GENERAL, "general"), (RUNS, "runs")):
            slack.channel(id, *PEOPLE).name = name
        settings = PlaySettings(
            bot_token=BOT_TOKEN,
            app_token=APP_TOKEN,
            workspace=root,
            runs_channel=RUNS,
            slack_api_url=slack.url,
            tick_seconds=0.5,
        )
        async with (
            start_bot(settings) as (app, bot),
            connected_sockets(app, bot, settings),
            Story(root, replay_seconds) as story,
            _served(page_app(slack, people, story), port) as url,
        ):
            yield url


def _lay_out(root: Path) -> None:
    """The project's files where there is none yet; a directory that was used before is played on as it is."""
    root.mkdir(parents=True, exist_ok=True)
    if not (root / "ftsdk.yaml").exists():
        shutil.copytree(PROJECT, root, dirs_exist_ok=True)
    elif not (root / "specs" / "tickets" / "tickets-recording.yaml").exists():
        raise ftsdk.errors.UsageError(
            f"{root} holds another project; nothing was changed", help="give --state an empty or a new directory"
        )


@asynccontextmanager
async def _served(routes: web.Application, port: int) -> AsyncIterator[str]:
    runner = web.AppRunner(routes, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except OSError:
            raise ftsdk.errors.UsageError(
                f"port {port} is taken; nothing was started", help="ftbot play --port 0 takes a free one"
            ) from None
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def play(state: Path | None, port: int, stop: asyncio.Event, say: Callable[[str], None]) -> None:
    """Play until ``stop``, in ``state`` or in a temporary directory that is removed at the end."""
    with TemporaryDirectory(prefix="ftbot-play-") as temporary:
        root = (state or Path(temporary)).resolve()
        async with playing(root, port) as url:
            say(f"Slack, as far as ftbot needs it, is at {url} (three minutes with a guide: {url}?tour)")
            say(f"State is kept in {root}{'' if state else ', until this ends'}. Ctrl-C ends it.")
            await stop.wait()
    say(ENDED)
