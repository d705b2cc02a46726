"""A provider across a network: a real HTTP server on loopback that misbehaves as real ones do.

It commits and then answers 500, drops the connection or answers late, and shows new jobs in lists late. ``python -m
tests.loopback_server`` serves it on a free port, which it prints.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

LOOKS_TO_SUCCEED = 2
USD_A_JOB = 1.25  # what every job is billed


class Jobs:
    """What the server keeps; ``late`` is for how long a new job is missing from lists (seconds).

    A job succeeds when it was looked at more than ``looks`` times.
    """

    def __init__(self, late: float = 0.0, looks: int = LOOKS_TO_SUCCEED) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, dict[str, Any]] = {}
        self._kept: dict[str, set[str]] = {"files": set(), "deployments": set()}
        self._deployed: list[str] = []
        self._looked: list[tuple[float, str]] = []
        self._late = late
        self._looks = looks

    def create(self, key: str) -> dict[str, Any]:
        """A new job, whatever the key: like real providers, this one does not look."""
        with self._lock:
            id = f"job-{len(self._jobs) + 1}"
            self._jobs[id] = {"id": id, "key": key, "state": "running", "looks": 0, "at": time.monotonic()}
            return dict(self._jobs[id])

    def find(self, key: str) -> list[dict[str, Any]]:
        """Jobs with a key that lists show by now, oldest first."""
        with self._lock:
            seen = time.monotonic() - self._late
            return [dict(job) for job in self._jobs.values() if job["key"] == key and job["at"] <= seen]

    def look(self, id: str) -> dict[str, Any] | None:
        """A job, one look further on its way."""
        with self._lock:
            self._looked.append((time.monotonic(), id))
            job = self._jobs.get(id)
            if job and job["state"] == "running":
                job["looks"] += 1
                job["state"] = "succeeded" if job["looks"] > self._looks else "running"
            return {**job, "usd": USD_A_JOB} if job else None

    def cancel(self, id: str) -> None:
        """Stop a job that runs."""
        with self._lock:
            if self._jobs[id]["state"] == "running":
                self._jobs[id]["state"] = "cancelled"

    def put(self, kind: str, name: str) -> None:
        """Keep a file or a deployment by its name; the same name again is the same one."""
        with self._lock:
            if kind == "deployments" and name not in self._kept[kind]:
                self._deployed.append(name)
            self._kept[kind].add(name)

    def drop(self, kind: str, name: str) -> None:
        """Let go of a file or a deployment; what is not there is gone already."""
        with self._lock:
            self._kept[kind].discard(name)

    def kept(self) -> dict[str, list[str]]:
        """Names of all files and deployments."""
        with self._lock:
            return {kind: sorted(names) for kind, names in self._kept.items()}

    def forget(self) -> None:
        """Start anew."""
        with self._lock:
            self._jobs.clear()
            self._deployed.clear()
            self._looked.clear()
            for names in self._kept.values():
                names.clear()

    def all(self) -> dict[str, Any]:
        """Every job ever made, every deployment ever started, and what is kept now."""
        with self._lock:
            jobs = [dict(job) for job in self._jobs.values()]
            deployed = list(self._deployed)
        return {"jobs": jobs, "deployed": deployed, **self.kept()}

    def looked(self) -> list[tuple[float, str]]:
        """When which job was looked at."""
        with self._lock:
            return list(self._looked)


class Server(ThreadingHTTPServer):
    """A server on a free port of loopback; of all creates the share ``lose`` is carried out and its answer lost."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, jobs: Jobs, lose: float, slow: float, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.jobs, self.lose, self.slow = jobs, lose, slow
        self.chance = random.Random(seed)

    def handle_error(self, *_: object) -> None:
        """A client that was killed in the middle of a request is usual here."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_POST(self) -> None:
        """Create or cancel a job, or forget everything."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if self.path == "/jobs":
            job = self.server.jobs.create(body["key"])
            if self.server.chance.random() < self.server.lose:
                self._lose()
            else:
                self._say(200, job)
        elif self.path == "/forget":
            self.server.jobs.forget()
            self._say(200, {})
        else:
            self.server.jobs.cancel(self.path.split("/")[2])
            self._say(200, {})

    def do_PUT(self) -> None:
        """Keep a file or a deployment."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.jobs.put(*self._named())
        self._say(200, {})

    def do_DELETE(self) -> None:
        """Let go of one."""
        self.server.jobs.drop(*self._named())
        self._say(200, {})

    def do_GET(self) -> None:
        """Everything, jobs of a key, or one job."""
        url, jobs = urlsplit(self.path), self.server.jobs
        if url.path == "/all":
            self._say(200, jobs.all())
        elif url.path == "/looked":
            self._say(200, {"looked": jobs.looked()})
        elif url.path == "/jobs":
            self._say(200, {"jobs": jobs.find(parse_qs(url.query)["key"][0])})
        else:
            job = jobs.look(url.path.split("/")[2])
            self._say(200 if job else 404, job or {})

    def _named(self) -> tuple[str, str]:
        kind, _, name = self.path[1:].partition("/")
        return kind, unquote(name)

    def _lose(self) -> None:
        way = self.server.chance.randrange(3)
        if way == 0:
            self._say(500, {"error": "internal"})
        elif way == 1:
            self.close_connection = True
            self.connection.close()
        else:
            time.sleep(self.server.slow)
            self._say(200, {"error": "too late"})

    def _say(self, status: int, content: dict[str, Any]) -> None:
        data = json.dumps(content).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:  # the client was killed while it waited
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serve(jobs: Jobs, *, lose: float = 0.0, slow: float = 0.0, seed: int = 0) -> Server:
    """A server that serves."""
    server = Server(jobs, lose, slow, seed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main() -> None:
    """Serve until the standard input ends: ``late lose slow seed looks``."""
    late, lose, slow = (float(word) for word in sys.argv[1:4])
    server = serve(Jobs(late, int(sys.argv[5])), lose=lose, slow=slow, seed=int(sys.argv[4]))
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
