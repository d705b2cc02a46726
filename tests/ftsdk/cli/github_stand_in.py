"""A stateful stand-in of GitHub over HTTP, the npm package emulate; `make editor` installs it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[3]
PROGRAM = ROOT / ".venv-editor" / "node_modules" / "emulate" / "dist" / "index.js"
MISSING = shutil.which("node") is None or not PROGRAM.exists()
SEED: dict[str, Any] = {
    "tokens": {"bot": {"login": "ft-bot", "scopes": ["repo"]}, "eve": {"login": "eve", "scopes": ["repo"]}},
    "github": {
        "users": [{"login": "ft-bot"}, {"login": "eve"}],
        "repos": [{"owner": "ft-bot", "name": "specs", "auto_init": True}],
    },
}


class StandIn:
    """One repository, ft-bot/specs; ``ask`` speaks to it as one of two people."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, method: str, path: str, body: Any = None, *, token: str = "bot") -> Any:
        """The JSON that it answers."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}{path}", data, {"Authorization": f"Bearer {token}"}, method=method)
        with urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")

    def comments(self) -> list[dict[str, Any]]:
        """Those of the only issue."""
        found: list[dict[str, Any]] = self.ask("GET", "/repos/ft-bot/specs/issues/1/comments?per_page=100")
        return found


@contextmanager
def stand_in(home: Path) -> Iterator[StandIn]:
    """A stand-in with an issue numbered 1, on a free port, until the block ends."""
    seed = home / "seed.json"
    seed.write_text(json.dumps(SEED), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["node", str(PROGRAM), "start", "--service", "github", "--port", str(port), "--seed", str(seed)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            found = StandIn(f"http://localhost:{port}")
            _wait(found)
            found.ask("POST", "/repos/ft-bot/specs/issues", {"title": "a pull request"})
            yield found
        finally:
            process.terminate()


def _wait(found: StandIn) -> None:
    for _ in range(120):
        try:
            found.ask("GET", "/user")
        except (URLError, ConnectionError):
            time.sleep(0.25)
        else:
            return
    raise RuntimeError("the stand-in does not answer")
