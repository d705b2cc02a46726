"""Starts the bot: one shared HTTP session, one Bolt app, listeners, workers and the clock."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

import ftsdk
from ftbot.bot import Acting, Bot, Identity
from ftbot.clock import start_clock
from ftbot.listeners import register
from ftbot.settings import Settings
from ftbot.work import act_on, apology
from ftbot.work.measuring import carry_out

CALL_SECONDS = 30
WRONG_TOKEN = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"})


@asynccontextmanager
async def start_bot(settings: Settings) -> AsyncIterator[tuple[AsyncApp, Bot]]:
    """A running bot and its Bolt app; stopped gracefully at the end.

    Raises UsageError for a missing secret, ProviderError when Slack does not know the token or does not answer.
    """
    async with aiohttp.ClientSession() as session:
        client = slack_client(settings, session)
        identity = await identify(client)
        bot = Bot(settings, identity, client, session, Acting(act_on, apology, carry_out))
        app = make_app(settings, bot)
        bot.start_sending()
        clock = start_clock(bot)
        try:
            await bot.sweep()
            yield app, bot
        finally:
            clock.shutdown(wait=False)
            await bot.close()


def slack_client(settings: Settings, session: aiohttp.ClientSession) -> AsyncWebClient:
    """The Web API on one shared session, without the SDK's own retries: those post a message twice."""
    return AsyncWebClient(
        token=settings.secret("bot_token"),
        base_url=f"{settings.slack_api_url.rstrip('/')}/api/",
        session=session,
        timeout=CALL_SECONDS,
        retry_handlers=[],
        logger=logging.getLogger("slack_sdk"),
    )


async def identify(client: AsyncWebClient) -> Identity:
    """Who the bot is; raises ProviderError when Slack does not say."""
    try:
        return Identity(await client.auth_test())
    except SlackApiError as error:
        code = error.response.get("error")
        step = "copy the bot token anew from the app's page" if code in WRONG_TOKEN else "try again in a minute"
        raise ftsdk.errors.ProviderError(
            f"Slack refused the bot token: {code}; nothing was started", help=step
        ) from None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ftsdk.errors.ProviderError(
            f"Slack does not answer ({type(error).__name__}); nothing was started",
            help="look at the network, try again",
        ) from None


def make_app(settings: Settings, bot: Bot) -> AsyncApp:
    """Bolt with our listeners; requests over HTTP are verified before Bolt sees them (`ftbot.http`)."""
    known = AuthorizeResult(
        enterprise_id=None,
        team_id=bot.identity.team,
        bot_user_id=bot.identity.user,
        bot_id=bot.identity.bot,
        bot_token=settings.secret("bot_token"),
    )

    async def authorize() -> AuthorizeResult:
        return known

    app = AsyncApp(
        name="slack_bolt.app",  # Bolt sets the level of the logger that is called like the app
        logger=logging.getLogger("slack_bolt"),
        client=AsyncWebClient(base_url=bot.client.base_url, session=bot.session, retry_handlers=[]),
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        signing_secret="verified before Bolt",
    )
    register(app, bot)
    return app
