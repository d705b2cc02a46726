"""The client of the loopback provider: what a `Provider` of ours does, with a place to die around every request."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote

from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import ProviderError, ProviderUnavailable
from ftsdk.providers.base import Capabilities, JobResult, JobState, Order, Poll, Remnant
from ftsdk.providers.inference import InferenceClient
from ftsdk.testing.scripted import Answers, ScriptedInference
from ftsdk.trainers.contract import StepMetric


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
            state=JobState(found["state"]),
            native=found["state"],
            cursor=str(found["looks"]),
            metrics=(METRIC,),
            usd=found["usd"],
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
        found: list[dict[str, Any]] = self.everything()["jobs"]
        return found

    def everything(self) -> dict[str, Any]:
        """Every job ever made, every deployment ever started, and what is kept now."""
        return self._ask("GET", "/all")

    def looked(self) -> list[tuple[float, str]]:
        """When (seconds of the server's own clock) which job was looked at."""
        return [(at, job) for at, job in self._ask("GET", "/looked")["looked"]]

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
