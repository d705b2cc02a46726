"""GitHub through PyGithub: the repository that a token may see; the Action's own variables say which."""

from __future__ import annotations

import os
from typing import Any

from ftsdk.errors import ExtraMissing, ProviderError, UsageError


def repository(name: str | None) -> Any:
    """The repository ``OWNER/NAME``; raises UsageError without a name or a token, ProviderError when it is refused."""
    try:
        import github
    except ModuleNotFoundError:
        raise ExtraMissing("PyGithub", "github") from None
    full_name = name or os.environ.get("GITHUB_REPOSITORY")
    token = os.environ.get("GITHUB_TOKEN")
    if not full_name or not token:
        raise UsageError(
            "GITHUB_REPOSITORY or GITHUB_TOKEN is not set", help="give --repository, and a token in GITHUB_TOKEN"
        )
    address = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    client = github.Github(auth=github.Auth.Token(token), base_url=address, retry=None)
    try:
        return client.get_repo(full_name, lazy=True)
    except github.GithubException as error:
        raise ProviderError(
            f"GitHub refused {full_name}: {error.data}", help="look at the token's permissions"
        ) from error
