"""GitHub's push webhook: says that it is time to look, and nothing else; what was merged is asked of GitHub itself."""

from __future__ import annotations

import hashlib
import hmac
import json

import structlog
from aiohttp import web

from ftbot.bot import Bot

PATH = "/github/events"
LOG = structlog.get_logger("ftbot.webhook")


def add_webhook(routes: web.Application, bot: Bot) -> None:
    """Add the address that GitHub calls; requests that it did not sign are refused before they are parsed."""
    secret = bot.settings.secret("github_webhook_secret").encode()
    repository, branch = bot.settings.github_repository, f"refs/heads/{bot.settings.watch_branch}"

    async def receive(request: web.Request) -> web.Response:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        if not _signed(secret, request.headers.get("X-Hub-Signature-256", ""), body):
            LOG.warning("refused", status=401, reason="wrong signature")
            return web.Response(status=401)
        if request.headers.get("X-GitHub-Event") == "push" and _place(body) == (repository.casefold(), branch):
            await bot.on_duty(bot.watch)
        return web.Response(status=202)

    routes.router.add_post(PATH, receive)


def _signed(secret: bytes, signature: str, body: bytes) -> bool:
    expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return signature.isascii() and hmac.compare_digest(expected, signature)


def _place(body: bytes) -> tuple[str, str]:
    """The repository and the branch of a push; empty for anything else."""
    try:
        found = json.loads(body)
        return str(found["repository"]["full_name"]).casefold(), str(found["ref"])
    except (ValueError, KeyError, TypeError):
        return "", ""
