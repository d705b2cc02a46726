"""A repository on GitHub: proposes files as a pull request, and says things on one; done twice it is done once."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import aiohttp

import ftsdk

Answer = Any
CALL_SECONDS = 30
PAGE = 100


class Pull(NamedTuple):
    """A merged pull request: its number, and the login of whoever opened it."""

    number: int
    author: str


class GitHub:
    """One repository (``owner/name``) through the REST API at ``url``; ``token`` may write contents and pulls."""

    def __init__(self, session: aiohttp.ClientSession, repository: str, token: str, url: str) -> None:
        self._session = session
        self.repository = repository
        self._token = token
        self._api = url.rstrip("/")
        self._url = f"{self._api}/repos/{repository}"
        self._login: str | None = None

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

    async def head(self, branch: str) -> str:
        """The commit that a branch is at; raises ProviderError for one that anybody may push to."""
        found = await self._call("GET", f"/branches/{quote(branch, safe='')}", 200)
        if not found.get("protected"):
            raise self._error(f"does not protect {branch}", "protect the branch: what is merged there is applied")
        return str(found["commit"]["sha"])

    async def merged_with(self, commit: str, branch: str) -> Pull | None:
        """The pull request that brought a commit into a branch; None when none did."""
        found = await self._call("GET", f"/commits/{commit}/pulls", 200, 404, 422)
        for pull in found if isinstance(found, list) else ():
            if pull.get("merged_at") and pull["base"]["ref"] == branch:
                return Pull(int(pull["number"]), str(pull["user"]["login"]))
        return None

    async def say(self, pull: int, mark: str, text: str) -> None:
        """Have one comment with this mark on a pull request: written once, then edited. Anybody can type a mark."""
        head, page = f"<!-- {mark} -->", 1
        body = {"body": f"{head}\n{text}"}
        while comments := await self._call("GET", f"/issues/{pull}/comments?per_page={PAGE}&page={page}", 200):
            for comment in comments:
                if str(comment.get("body", "")).startswith(head) and await self._is_ours(comment["user"]):
                    await self._call("PATCH", f"/issues/comments/{comment['id']}", 200, json=body)
                    return
            page += 1
        await self._call("POST", f"/issues/{pull}/comments", 201, json=body)

    async def _is_ours(self, user: Mapping[str, Any]) -> bool:
        """Whether this token wrote something; the token of an App may not ask whose it is, and writes as a bot."""
        if self._login is None:
            self._login = str((await self._call("GET", "/user", 200, 403, root=True)).get("login", ""))
        return bool(user["login"] == self._login if self._login else user["type"] == "Bot")

    async def _call(self, method: str, path: str, *expected: int, json: Any = None, root: bool = False) -> Answer:
        url = f"{self._api if root else self._url}{path}"
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/vnd.github+json"}
        limit = aiohttp.ClientTimeout(total=CALL_SECONDS)
        try:
            async with self._session.request(method, url, headers=headers, json=json, timeout=limit) as response:
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
