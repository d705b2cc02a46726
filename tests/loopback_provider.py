"""A provider across a network: a real HTTP server on loopback that misbehaves as real ones do, and its client.

It commits and then answers 500, drops the connection or answers late, and shows new jobs in lists late. ``python -m
tests.loopback_provider`` serves it on a free port, which it prints.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import ProviderError, ProviderUnavailable
from ftsdk.providers.base import Capabilities, JobResult, JobState, Order, Poll, Remnant
from ftsdk.providers.inference import InferenceClient
from ftsdk.testing.scripted import Answers, ScriptedInference
from ftsdk.trainers.contract import StepMetric

LOOKS_TO_SUCCEED = 2


class Jobs:
    """What the server keeps; ``late`` is for how long a new job is missing from lists (seconds)."""

    def __init__(self, late: float = 0.0) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, dict[str, Any]] = {}
        self._kept: dict[str, set[str]] = {"files": set(), "deployments": set()}
        self._late = late

    def create(self, key: str) -> dict[str, Any]:
        """A new job, whatever the key: like real providers, this one does not look."""
        with self._lock:
            job = {
                "id": f"job-{len(self._jobs) + 1}",
                "key": key,
                "state": "running",
                "looks": 0,
                "at": time.monotonic(),
            }
            self._jobs[job["id"]] = job
            return dict(job)

    def find(self, key: str) -> list[dict[str, Any]]:
        """Jobs with a key that lists show by now, oldest first."""
        with self._lock:
            seen = time.monotonic() - self._late
            return [dict(job) for job in self._jobs.values() if job["key"] == key and job["at"] <= seen]

    def look(self, id: str) -> dict[str, Any] | None:
        """A job, one look further on its way."""
        with self._lock:
            job = self._jobs.get(id)
            if job and job["state"] == "running":
                job["looks"] += 1
                job["state"] = "succeeded" if job["looks"] > LOOKS_TO_SUCCEED else "running"
            return dict(job) if job else None

    def cancel(self, id: str) -> None:
        """Stop a job that runs."""
        with self._lock:
            if self._jobs[id]["state"] == "running":
                self._jobs[id]["state"] = "cancelled"

    def put(self, kind: str, name: str) -> None:
        """Keep a file or a deployment by its name; the same name again is the same one."""
        with self._lock:
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
            for names in self._kept.values():
                names.clear()

    def all(self) -> list[dict[str, Any]]:
        """Every job ever made."""
        with self._lock:
            return [dict(job) for job in self._jobs.values()]


def serve(jobs: Jobs, *, lose: float = 0.0, slow: float = 0.0, seed: int = 0) -> ThreadingHTTPServer:
    """A server on a free port of loopback; of all creates the share ``lose`` is carried out and its answer lost."""
    chance = random.Random(seed)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            if self.path == "/jobs":
                job = jobs.create(body["key"])
                if chance.random() < lose:
                    self._lose()
                else:
                    self._say(200, job)
            elif self.path == "/forget":
                jobs.forget()
                self._say(200, {})
            else:
                jobs.cancel(self.path.split("/")[2])
                self._say(200, {})

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            jobs.put(*self._named())
            self._say(200, {})

        def do_DELETE(self) -> None:
            jobs.drop(*self._named())
            self._say(200, {})

        def _named(self) -> tuple[str, str]:
            kind, _, name = self.path[1:].partition("/")
            return kind, unquote(name)

        def _lose(self) -> None:
            way = chance.randrange(3)
            if way == 0:
                self._say(500, {"error": "internal"})
            elif way == 1:
                self.close_connection = True
                self.connection.close()
            else:
                time.sleep(slow)
                self._say(200, {"error": "too late"})

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/all":
                self._say(200, {"jobs": jobs.all(), **jobs.kept()})
            elif url.path == "/jobs":
                self._say(200, {"jobs": jobs.find(parse_qs(url.query)["key"][0])})
            else:
                job = jobs.look(url.path.split("/")[2])
                self._say(200 if job else 404, job or {})

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

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that was killed in the middle of a request is usual here."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class LoopbackProvider:
    """The client: no retries of its own; what it cannot know it says with `ProviderUnavailable`.

    ``boundary`` is told before and after every request what is asked: where a process may be killed. Where tuned models
    do not serve themselves (``serves``), a deployment does, by the model's name.
    """

    name = "loopback"

    def __init__(
        self,
        port: int,
        *,
        tuned: Answers,
        request_seconds: float = 0.3,
        adopts: bool = True,
        serves: bool = True,
        boundary: Callable[[str], None] = lambda _where: None,
    ) -> None:
        self.request_seconds = request_seconds
        self._serves = serves
        self._port = port
        self._tuned = tuned
        self._adopts = adopts
        self._boundary = boundary

    def capabilities(self, model: str) -> Capabilities:
        """Everything."""
        return Capabilities(
            model=model, methods=("sft",), context_tokens=2048, retires=None, serves_tuned=True, available=True, note=""
        )

    def check(self, order: Order) -> tuple[Diagnostic, ...]:
        """Nothing to find."""
        return ()

    def upload(self, order: Order) -> str:
        """The file's own hash."""
        self._ask("PUT", f"/files/{order.train.sha256}", {})
        return order.train.sha256

    def create(self, order: Order, file: str) -> str:
        """A job; never sent twice."""
        return str(self._ask("POST", "/jobs", {"key": order.key})["id"])

    def find(self, key: str) -> tuple[str, ...]:
        """Jobs with this key, as far as the list shows them."""
        if not self._adopts:
            return ()
        return tuple(job["id"] for job in self._ask("GET", f"/jobs?key={quote(key)}")["jobs"])

    def poll(self, job: str, cursor: str = "") -> Poll:
        """One look."""
        found = self._ask("GET", f"/jobs/{job}")
        return Poll(
            state=JobState(found["state"]), native=found["state"], cursor=str(found["looks"]), metrics=(METRIC,)
        )

    def cancel(self, job: str) -> None:
        """Stop it."""
        self._ask("POST", f"/jobs/{job}/cancel", {})

    def result(self, job: str) -> JobResult:
        """What every job leaves."""
        return JobResult(
            model=f"tuned:{job}", sha256="0" * 64, tokens=100, trained_tokens=50, seconds=1.0, final_loss=0.5
        )

    def deploy(self, model: str) -> str:
        """The model itself, or its deployment, which the same model always gets under the same name."""
        if self._serves:
            return model
        self._ask("PUT", f"/deployments/{quote(model, safe='')}", {})
        return f"deployment-of-{model}"

    def undeploy(self, deployment: str) -> None:
        """Stop it, however often it is said."""
        self._ask("DELETE", f"/deployments/{quote(deployment.removeprefix('deployment-of-'), safe='')}", {})

    def delete(self, model: str) -> None:
        """Nothing is kept."""

    def inference(self, model: str) -> InferenceClient:
        """Right answers of tuned models, echoes of the base."""
        return ScriptedInference(model, self._tuned if model.startswith("tuned:") else {})

    def remnants(self) -> tuple[Remnant, ...]:
        """Running jobs, files and deployments."""
        held = self._ask("GET", "/all")
        running = (job for job in held["jobs"] if job["state"] == "running")
        return (
            *(Remnant(kind="job", id=job["id"], key=job["key"], note="running") for job in running),
            *(Remnant(kind="file", id=name, key=name) for name in held["files"]),
            *(Remnant(kind="deployment", id=f"deployment-of-{name}", key=name) for name in held["deployments"]),
        )

    def remove(self, remnant: Remnant) -> None:
        """Stop or delete it."""
        if remnant.kind == "job":
            self.cancel(remnant.id)
        elif remnant.kind == "file":
            self._ask("DELETE", f"/files/{remnant.id}", {})
        else:
            self.undeploy(remnant.id)

    def jobs(self) -> list[dict[str, Any]]:
        """Every job that the server ever made."""
        found: list[dict[str, Any]] = self._ask("GET", "/all")["jobs"]
        return found

    def forget(self) -> None:
        """Let the server start anew, between two experiments."""
        self._ask("POST", "/forget", {})

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        self._boundary(f"before {method} {path}")
        connection = HTTPConnection("127.0.0.1", self._port, timeout=self.request_seconds)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            response = connection.getresponse()
            content = json.loads(response.read())
        except (OSError, HTTPException) as error:
            raise ProviderUnavailable(f"no answer to {method} {path}: {error}", help="it is asked again") from error
        finally:
            connection.close()
        self._boundary(f"after {method} {path}")
        if response.status >= 500:
            raise ProviderUnavailable(f"{method} {path} was answered {response.status}", help="it is asked again")
        if response.status >= 400:
            raise ProviderError(f"{method} {path} was answered {response.status}", help="look at the job")
        answered: dict[str, Any] = content
        return answered


METRIC = StepMetric(
    step=1, steps=1, epoch=1.0, loss=1.0, learning_rate=1e-3, grad_norm=1.0, tokens=100, trained_tokens=50, seconds=0.1,
    at=0.0,
)  # fmt: skip


def main() -> None:
    """Serve until the standard input ends: ``late lose slow seed``."""
    late, lose, slow = (float(word) for word in sys.argv[1:4])
    server = serve(Jobs(late), lose=lose, slow=slow, seed=int(sys.argv[4]))
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
