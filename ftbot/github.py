"""A repository on GitHub: proposes files as a pull request, and says things on one; done twice it is done once."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp

import ftsdk

Answer = Any
CALL_SECONDS = 30


class GitHub:
    """One repository (``owner/name``) through the REST API at ``url``; ``token`` may write contents and pulls."""

    def __init__(self, session: aiohttp.ClientSession, repository: str, token: str, url: str) -> None:
        self._session = session
        self.repository = repository
        self._token = token
        self._url = f"{url.rstrip('/')}/repos/{repository}"

    async def propose(self, branch: str, files: Mapping[str, str], title: str, text: str) -> str:
        """Open a pull request that adds files, or find the one that was opened before; returns its page."""
        base = str((await self._call("GET", "", 200))["default_branch"])
        head = (await self._call("GET", f"/git/ref/heads/{quote(base)}", 200))["object"]["sha"]
        await self._call("POST", "/git/refs", 201, 422, json={"ref": f"refs/heads/{branch}", "sha": head})
        for path, content in files.items():
            body = {"message": title, "content": b64encode(content.encode()).decode(), "branch": branch}
            await self._call("PUT", f"/contents/{quote(path)}", 201, 200, 409, 422, json=body)
        request = {"title": title, "head": branch, "base": base, "body": text}
        made = await self._call("POST", "/pulls", 201, 422, json=request)
        if "html_url" in made:
            return str(made["html_url"])
        owner = self.repository.partition("/")[0]
        found = await self._call("GET", f"/pulls?state=all&head={owner}:{quote(branch)}", 200)
        if not found:
            raise self._error(f"refused the pull request of {branch}", "look at the branch on GitHub")
        return str(found[0]["html_url"])

    async def pull_of(self, commit: str) -> int | None:
        """The number of the pull request that a commit came with; None when there is none."""
        found = await self._call("GET", f"/commits/{commit}/pulls", 200, 404, 422)
        return int(found[0]["number"]) if isinstance(found, list) and found else None

    async def say(self, pull: int, mark: str, text: str) -> None:
        """Have one comment with this mark on a pull request: written once, then edited."""
        body = {"body": f"<!-- {mark} -->\n{text}"}
        for comment in await self._call("GET", f"/issues/{pull}/comments?per_page=100", 200):
            if str(comment.get("body", "")).startswith(f"<!-- {mark} -->"):
                await self._call("PATCH", f"/issues/comments/{comment['id']}", 200, json=body)
                return
        await self._call("POST", f"/issues/{pull}/comments", 201, json=body)

    async def _call(self, method: str, path: str, *expected: int, json: Any = None) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/vnd.github+json"}
        limit = aiohttp.ClientTimeout(total=CALL_SECONDS)
        try:
            async with self._session.request(
                method, f"{self._url}{path}", headers=headers, json=json, timeout=limit
            ) as response:
                if response.status not in expected:
                    raise self._error(f"answered {response.status} to {method} {path or '/'}", _cure(response.status))
                return await response.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._error(f"does not answer ({type(error).__name__})", "try again in a minute") from None

    def _error(self, what: str, step: str) -> ftsdk.errors.ProviderError:
        return ftsdk.errors.ProviderError(f"GitHub {what} for {self.repository}", help=step)


def _cure(status: int) -> str:
    if status in (401, 403):
        return "the token needs contents and pull requests, read and write, of this repository"
    return "look at FTBOT_GITHUB_REPOSITORY" if status == 404 else "try again in a minute"
