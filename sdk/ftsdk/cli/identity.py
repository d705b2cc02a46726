"""Who sits at this terminal: a GitHub token proves a login, anything else is only this machine's user."""

from __future__ import annotations

import json
import os
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from ftsdk.errors import ProviderError, UsageError
from ftsdk.spec.model import Project

GITHUB = "https://api.github.com"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SECONDS = 10.0


def terminal_actor(project: Project) -> str:
    """``github:LOGIN`` when GITHUB_TOKEN (or GH_TOKEN) is set, else ``cli:USER@HOST``.

    A project without people asks nobody for proof, and GitHub for nothing. GITHUB_API_URL names another GitHub.
    Raises UsageError when the token is refused, ProviderError without an answer.
    """
    token = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN")
    if token and project.spec.people:
        return f"github:{_login(token)}"
    from ftsdk.runs.people import this_actor

    return this_actor()


def _login(token: str) -> str:
    address = os.environ.get("GITHUB_API_URL", GITHUB).rstrip("/") + "/user"
    where = urlsplit(address)
    if where.scheme != "https" and where.hostname not in LOOPBACK:
        raise UsageError("GITHUB_API_URL is not https; the token was not sent", help=f"the usual one is {GITHUB}")
    request = Request(address, headers={"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"})
    try:
        with urlopen(request, timeout=SECONDS) as response:
            return str(json.load(response)["login"])
    except HTTPError as error:
        raise UsageError(
            f"GitHub refused the token ({error.code}); nothing was done",
            help="a personal or fine-grained token of yours in GITHUB_TOKEN; an Action's own token is nobody's",
        ) from error
    except (URLError, TimeoutError, ValueError, KeyError) as error:
        raise ProviderError(
            "GitHub did not say whose token this is; nothing was done", help="try again, or decide in Slack"
        ) from error
