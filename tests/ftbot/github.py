"""A loopback GitHub: refs, contents, pulls and comments of one repository, refusing what GitHub refuses."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

TOKEN = "ghp-standin"
REPOSITORY = "acme/models"
LOGIN = "ftbot-acme"


class GitHubStandIn:
    """``branches`` hold files by path, ``pulls`` what was opened, ``comments`` what was said by pull request."""

    def __init__(self) -> None:
        self.branches: dict[str, dict[str, str]] = {"main": {}}
        self.pulls: list[dict[str, Any]] = []
        self.comments: dict[int, list[dict[str, Any]]] = {}
        self.pulls_of_commit: dict[str, list[dict[str, Any]]] = {}
        self.head, self.protected = "", True
        self.url = ""

    def app(self) -> web.Application:
        """The routes under /repos/acme/models."""
        app = web.Application(middlewares=[authorised])
        root = f"/repos/{REPOSITORY}"
        app.router.add_get(root, self._repository)
        app.router.add_get("/user", self._user)
        app.router.add_get(root + "/branches/{branch}", self._head)
        app.router.add_get(root + "/git/ref/heads/{branch}", self._ref)
        app.router.add_post(root + "/git/refs", self._branch)
        app.router.add_put(root + "/contents/{path:.+}", self._file)
        app.router.add_post(root + "/pulls", self._open)
        app.router.add_get(root + "/pulls", self._list)
        app.router.add_get(root + "/commits/{commit}/pulls", self._pulls_of)
        app.router.add_get(root + "/issues/{pull}/comments", self._said)
        app.router.add_post(root + "/issues/{pull}/comments", self._say)
        app.router.add_patch(root + "/issues/comments/{id}", self._edit)
        return app

    async def _repository(self, _request: web.Request) -> web.Response:
        return web.json_response({"default_branch": "main"})

    async def _ref(self, request: web.Request) -> web.Response:
        if request.match_info["branch"] not in self.branches:
            return web.json_response({"message": "Not Found"}, status=404)
        return web.json_response({"object": {"sha": "a" * 40}})

    async def _branch(self, request: web.Request) -> web.Response:
        name = (await request.json())["ref"].removeprefix("refs/heads/")
        if name in self.branches:
            return web.json_response({"message": "Reference already exists"}, status=422)
        self.branches[name] = {}
        return web.json_response({"ref": name}, status=201)

    async def _file(self, request: web.Request) -> web.Response:
        body, path = await request.json(), request.match_info["path"]
        files = self.branches[body["branch"]]
        if path in files:
            return web.json_response({"message": "sha wasn't supplied"}, status=422)
        files[path] = b64decode(body["content"]).decode()
        return web.json_response({"content": {}}, status=201)

    async def _open(self, request: web.Request) -> web.Response:
        body = await request.json()
        if any(pull["head"] == body["head"] for pull in self.pulls):
            return web.json_response({"message": "A pull request already exists"}, status=422)
        number = len(self.pulls) + 7
        self.pulls.append(body | {"number": number, "html_url": f"https://github.example/{REPOSITORY}/pull/{number}"})
        return web.json_response(self.pulls[-1], status=201)

    async def _list(self, request: web.Request) -> web.Response:
        head = request.query["head"].partition(":")[2]
        return web.json_response([pull for pull in self.pulls if pull["head"] == head])

    def merge(self, commit: str, number: int, author: str) -> None:
        """Move the branch to a commit that came with a pull request."""
        user = {"login": author, "type": "User"}
        closed = {"number": 1, "merged_at": None, "base": {"ref": "main"}, "user": {"login": "mallory"}}
        merged = {"number": number, "merged_at": "2026-11-23T10:00:00Z", "base": {"ref": "main"}, "user": user}
        self.head, self.pulls_of_commit[commit] = commit, [closed, merged]

    async def _user(self, _request: web.Request) -> web.Response:
        return web.json_response({"login": LOGIN})

    async def _head(self, request: web.Request) -> web.Response:
        found = {"name": request.match_info["branch"], "commit": {"sha": self.head}, "protected": self.protected}
        return web.json_response(found)

    async def _pulls_of(self, request: web.Request) -> web.Response:
        return web.json_response(self.pulls_of_commit.get(request.match_info["commit"], []))

    async def _said(self, request: web.Request) -> web.Response:
        found = self.comments.get(int(request.match_info["pull"]), [])
        size, page = int(request.query["per_page"]), int(request.query["page"])
        return web.json_response(found[size * (page - 1) : size * page])

    async def _say(self, request: web.Request) -> web.Response:
        self.said_by(int(request.match_info["pull"]), LOGIN, (await request.json())["body"])
        return web.json_response({}, status=201)

    def said_by(self, pull: int, login: str, body: str) -> None:
        """A comment of somebody's."""
        user, number = {"login": login, "type": "User"}, 100 + sum(map(len, self.comments.values()))
        self.comments.setdefault(pull, []).append({"id": number, "body": body, "user": user})

    async def _edit(self, request: web.Request) -> web.Response:
        body = (await request.json())["body"]
        for said in self.comments.values():
            for one in said:
                if str(one["id"]) == request.match_info["id"]:
                    one["body"] = body
        return web.json_response({})


@web.middleware
async def authorised(request: web.Request, handler: Any) -> web.StreamResponse:
    """Whoever has no token sees nothing, as on GitHub."""
    if request.headers.get("Authorization") != f"Bearer {TOKEN}":
        return web.json_response({"message": "Bad credentials"}, status=401)
    answer: web.StreamResponse = await handler(request)
    return answer


@asynccontextmanager
async def github() -> AsyncIterator[GitHubStandIn]:
    """A GitHub on loopback; ``url`` is where its API is."""
    found = GitHubStandIn()
    runner = web.AppRunner(found.app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield found
    finally:
        await runner.cleanup()
