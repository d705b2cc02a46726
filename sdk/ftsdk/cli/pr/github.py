"""GitHub through PyGithub: the repository that a token may see; the Action's own variables say which."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ftsdk.errors import ExtraMissing, ProviderError, UsageError


@contextmanager
def github(name: str | None) -> Iterator[tuple[Any, str | None]]:
    """The repository ``OWNER/NAME``, and the login that the token is of, where it may ask for it.

    An Action's own token may not: it writes as github-actions, a bot. Raises UsageError without a name or a token,
    ProviderError with what GitHub said when it refuses, here and inside the block.
    """
    try:
        import github
    except ModuleNotFoundError:
        raise ExtraMissing("PyGithub", "github") from None
    full_name, token = name or os.environ.get("GITHUB_REPOSITORY"), os.environ.get("GITHUB_TOKEN")
    if not full_name or not token:
        raise UsageError(
            "GITHUB_REPOSITORY or GITHUB_TOKEN is not set", help="give --repository, and a token in GITHUB_TOKEN"
        )
    address = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    client = github.Github(auth=github.Auth.Token(token), base_url=address, retry=None)
    try:
        yield client.get_repo(full_name), _own_login(client, github.GithubException)
    except github.GithubException as error:
        said = error.data.get("message", error.data) if isinstance(error.data, dict) else error.data
        help = "the token needs `pull-requests: write` on this repository"
        raise ProviderError(f"GitHub refused {full_name} ({error.status}): {said}", help=help) from error
    finally:
        client.close()


def _own_login(client: Any, refused: type[Exception]) -> str | None:
    try:
        return str(client.get_user().login)
    except refused as error:
        if getattr(error, "status", 0) == 401:
            raise
        return None
