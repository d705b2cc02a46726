"""`ftbot doctor`: what has to be right for the bot to run, looked at one by one, each with its cure."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

import ftsdk
from ftbot.app import identify, slack_client
from ftbot.checkout import Checkout
from ftbot.github import GitHub
from ftbot.library import Library
from ftbot.manifest import read_manifest, scopes
from ftbot.settings import Settings
from ftbot.store.database import Store

SKEW_SECONDS = 60.0


class Finding(NamedTuple):
    """One thing looked at: whether it is right, what was found, and the cure where it is not."""

    ok: bool
    what: str
    found: str
    cure: str = ""

    def __str__(self) -> str:
        text = f"{'ok  ' if self.ok else 'FAIL'}  {self.what}: {self.found}"
        return f"{text}\n      next: {self.cure}" if self.cure else text


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything, whatever fails on the way."""
    async with aiohttp.ClientSession() as session:
        findings = [await _guarded("bot token", lambda: _bot_token(settings, session))]
        findings.append(await _guarded("scopes and clock", lambda: _scopes_and_clock(settings, session)))
        findings.append(await _guarded("way in", lambda: _way_in(settings, session)))
        if settings.watch_branch:
            findings.append(await _guarded("watched branch", lambda: _watched(settings, session)))
    findings.append(await _guarded("database", lambda: _database(settings)))
    findings.append(await _guarded("workspace", lambda: _workspace(settings)))
    return findings


async def _guarded(what: str, look: Callable[[], Awaitable[Finding]]) -> Finding:
    try:
        return await look()
    except ftsdk.FtsdkError as error:
        return Finding(False, what, error.message, error.help or "")
    except SlackApiError as error:
        return Finding(
            False, what, f"Slack says {error.response.get('error')}", "copy the token anew from the app's page"
        )
    except (aiohttp.ClientError, TimeoutError) as error:
        return Finding(False, what, f"Slack does not answer ({type(error).__name__})", "look at network and proxy")


async def _bot_token(settings: Settings, session: aiohttp.ClientSession) -> Finding:
    identity = await identify(slack_client(settings, session))
    return Finding(True, "bot token", f"workspace {identity.team}, bot user {identity.user}")


async def _scopes_and_clock(settings: Settings, session: aiohttp.ClientSession) -> Finding:
    answer = await slack_client(settings, session).auth_test()
    headers = {name.casefold(): value for name, value in answer.headers.items()}
    needed, optional = scopes(read_manifest())
    granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")}
    missing = sorted(needed - granted)
    if missing:
        return Finding(
            False,
            "scopes",
            f"not granted: {', '.join(missing)}",
            "apply `ftbot manifest` to the app and install it again",
        )
    skew = abs(time.time() - parsedate_to_datetime(headers["date"]).timestamp()) if "date" in headers else 0.0
    if skew > SKEW_SECONDS:
        return Finding(False, "clock", f"{skew:.0f} s away from Slack's", "set this machine's clock; signatures expire")
    without = sorted(optional - granted)
    note = f"; without {', '.join(without)} a lost post is posted again after a minute" if without else ""
    return Finding(True, "scopes and clock", f"{len(needed)} scopes granted{note}")


async def _way_in(settings: Settings, session: aiohttp.ClientSession) -> Finding:
    """Socket Mode needs an app token that opens connections; HTTP needs a signing secret."""
    if settings.app_token is None:
        settings.secret("signing_secret")
        return Finding(True, "way in", "HTTP, with a signing secret (`ftbot serve`)")
    client = AsyncWebClient(base_url=f"{settings.slack_api_url.rstrip('/')}/api/", session=session, retry_handlers=[])
    await client.apps_connections_open(app_token=settings.secret("app_token"))
    http = " and HTTP (`ftbot serve`)" if settings.signing_secret else ""
    return Finding(True, "way in", f"Socket Mode (`ftbot socket`){http}")


async def _watched(settings: Settings, session: aiohttp.ClientSession) -> Finding:
    """The branch is protected and the token may read it; the workspace is a clone of git's."""
    if not settings.watches:
        return Finding(True, "watched branch", "none")
    token = settings.secret("github_token")
    github = GitHub(session, settings.github_repository, token, settings.github_url)
    commit = await github.head(settings.watch_branch)
    checkout = Checkout(settings.workspace.resolve(), settings.watch_remote, settings.watch_branch, token)
    here = await asyncio.to_thread(checkout.head)
    behind = "" if here == commit else f", the clone is at {here[:12]} and will be moved there"
    return Finding(True, "watched branch", f"{settings.watch_branch} is protected, at {commit[:12]}{behind}")


async def _database(settings: Settings) -> Finding:
    store = Store(settings.database_url, settings.workspace.resolve())
    store.close()
    return Finding(True, "database", store.database.shown)


async def _workspace(settings: Settings) -> Finding:
    library = Library(settings.workspace.resolve())
    try:
        runs = await library.ask(library.runs)
        where = await library.ask(lambda: library.workspace.root)
    finally:
        library.close()
    channel = f"cards go to {settings.runs_channel}" if settings.runs_channel else "no channel for cards is set"
    return Finding(True, "workspace", f"{where}, {ftsdk.report.counted(len(runs), 'run')}; {channel}")
