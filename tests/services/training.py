"""A stand-in that trains as OpenAI does: files, uploads in parts, jobs with a clock, events, checkpoints and models.

It takes what OpenAI's own definition takes and nothing more. Time passes by a second with every request about jobs
(``hasten`` more), so that a job goes through its ``script`` while it is watched.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from email import message_from_bytes
from typing import Any

from tests.services.answers import OpenAIAnswers
from tests.services.definitions import complaint
from tests.services.service import KEY, Asked, Said, refusal

BASE_MODELS = {"gpt-4.1-mini": None, "gpt-4.1": None, "gpt-4o": "2026-01-14", "gpt-6-luna": None, "o4-mini": None}
SCRIPT = ((0, "validating_files"), (2, "queued"), (3, "running"), (9, "succeeded"))
STEPS = 6
ENDS = ("succeeded", "failed", "cancelled")
JOB_KEYS = {
    "model", "training_file", "validation_file", "method", "suffix", "seed", "metadata", "integrations",
    "hyperparameters",
}  # fmt: skip
BOM = b"\xef\xbb\xbf"


class OpenAITraining(OpenAIAnswers):
    """One account. Set what is wanted before serving: ``script``, ``list_lag``, ``closed``, ``csv``, ``odd``."""

    newest = True
    root = "/v1"
    most_direct = 1 << 20

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_800_000_000
        self.hasten = 1
        self.script: tuple[tuple[int, str], ...] = SCRIPT
        self.list_lag = 0  # seconds until a job shows in lists
        self.closed = False  # the organisation may train nothing any more
        self.csv = "base64"
        self.odd = False  # states, events and fields that no document has
        self.error: Mapping[str, Any] = {"code": "server_error", "message": "It broke.", "param": None}
        self.files: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.uploads: dict[str, dict[str, Any]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.replies: Callable[[str, str], str] | None = None  # model, question -> answer

    # -- what tests ask ----------------------------------------------------------------------------------------

    def live(self) -> list[str]:
        """Ids of the jobs that cost money now."""
        with self.lock:
            return [id for id in self.jobs if self.shown(id)["status"] not in ENDS]

    def requests(self, part: str) -> list[Asked]:
        """The requests whose verb and path hold ``part``."""
        return [asked for asked in self.seen if part in f"{asked.verb} {asked.path}"]

    # -- routing -----------------------------------------------------------------------------------------------

    def allowed(self, asked: Asked) -> bool:
        """Whether the key is the right one."""
        return asked.headers.get("authorization") == f"Bearer {KEY}"

    def answer(self, asked: Asked) -> Said:
        if not self.allowed(asked):
            return refusal(401, "invalid_api_key", f"Incorrect API key provided: {KEY}")
        parts = asked.path.removeprefix(self.root).strip("/").split("/")
        if not asked.path.startswith(self.root) or not parts[0]:
            return refusal(404, "unknown_url", f"Unknown request URL: {asked.verb} {asked.path}")
        routes: dict[str, Callable[[Asked, list[str]], Said | None]] = {
            "files": self.on_files, "uploads": self.on_uploads, "models": self.on_models, "fine_tuning": self.on_jobs,
            "chat": self.on_chat,
        }  # fmt: skip
        said = routes[parts[0]](asked, parts[1:]) if parts[0] in routes else None
        return said or refusal(404, "unknown_url", f"Unknown request URL: {asked.verb} {asked.path}")

    def on_chat(self, asked: Asked, rest: list[str]) -> Said | None:
        body = asked.json()
        if self.replies is None:
            return self.chat(body)
        said = self.chat(body)
        if said.status == 200:
            text = self.replies(body["model"], str(body["messages"][-1]["content"]))
            said.content["choices"][0]["message"]["content"] = text
        return said

    def knows(self, model: str) -> bool:
        """Whether a model answers here."""
        return model in BASE_MODELS or model in self.tuned()

    def refused(self, body: dict[str, Any], definition: str, length: int) -> Said | None:
        if not self.knows(body["model"]):
            return refusal(404, "model_not_found", f"The model `{body['model']}` does not exist")
        return super().refused({**body, "model": "gpt-4.1-mini"}, definition, length)

    # -- models ------------------------------------------------------------------------------------------------

    def tuned(self) -> dict[str, str]:
        """Tuned models that were not deleted, and their jobs."""
        shown = (self.shown(id) for id in self.jobs)
        return {job["fine_tuned_model"]: job["id"] for job in shown if job["fine_tuned_model"]}

    def on_models(self, asked: Asked, rest: list[str]) -> Said | None:
        if not rest:
            return page([self.model(name) for name in (*BASE_MODELS, *self.tuned())], asked)
        name = "/".join(rest)
        if not self.knows(name):
            return refusal(404, "model_not_found", f"The model '{name}' does not exist")
        if asked.verb == "DELETE":
            job = self.tuned().get(name)
            if job is None:
                return refusal(403, "not_allowed", "You may not delete this model.")
            self.jobs[job]["deleted"] = True
            return Said(200, {"id": name, "object": "model", "deleted": True})
        return Said(200, self.model(name))

    def model(self, name: str) -> dict[str, Any]:
        """One model; the day of its shutdown where one is announced."""
        return {
            "id": name,
            "object": "model",
            "created": 1,
            "owned_by": "openai",
            "shutdown_date": BASE_MODELS.get(name),
        }

    # -- files -------------------------------------------------------------------------------------------------

    def on_files(self, asked: Asked, rest: list[str]) -> Said | None:
        if not rest and asked.verb == "GET":
            wanted = asked.query.get("purpose", [None])[0]
            return page([file for file in self.files.values() if wanted in (None, file["purpose"])], asked)
        if not rest and asked.verb == "POST":
            fields = multipart(asked)
            name, content = fields["file"]
            if len(content) > self.most_direct:
                return refusal(413, "file_too_large", "This file is larger than one request may be.")
            return Said(200, self.keep(name, content, fields["purpose"][1].decode()))
        if rest[0] not in self.files:
            return refusal(404, None, f"No such File object: {rest[0]}")
        if rest[1:] == ["content"]:
            return Said(200, self.contents[rest[0]])
        if asked.verb == "DELETE":
            del self.files[rest[0]], self.contents[rest[0]]
            return Said(200, {"id": rest[0], "object": "file", "deleted": True})
        return Said(200, self.files[rest[0]])

    def keep(self, name: str, content: bytes, purpose: str) -> dict[str, Any]:
        """A file from now on."""
        id = f"file-{len(self.contents) + len(self.uploads) + 1:04}{hashlib.sha256(content).hexdigest()[:6]}"
        file = {"id": id, "object": "file", "bytes": len(content), "created_at": self.now, "filename": name}
        self.files[id] = file | {"purpose": purpose, "status": "processed", "expires_at": None}
        self.contents[id] = content
        return self.files[id]

    def on_uploads(self, asked: Asked, rest: list[str]) -> Said | None:
        if asked.verb != "POST":
            return None
        if not rest:
            body = asked.json()
            if reason := complaint("CreateUploadRequest", body):
                return refusal(400, "invalid_request", reason)
            id = f"upload_{len(self.uploads) + 1}"
            self.uploads[id] = {"asked": body, "parts": {}}
            return Said(200, self.upload(id, "pending"))
        upload = self.uploads.get(rest[0])
        if upload is None:
            return refusal(404, None, f"No such upload: {rest[0]}")
        if rest[1] == "parts":
            part = f"part_{len(upload['parts']) + 1}"
            upload["parts"][part] = multipart(asked)["data"][1]
            return Said(200, {"id": part, "object": "upload.part", "created_at": self.now, "upload_id": rest[0]})
        return self.complete(rest[0], upload, asked.json())

    def complete(self, id: str, upload: dict[str, Any], body: dict[str, Any]) -> Said:
        """The parts as one file, when they are what was promised."""
        content = b"".join(upload["parts"][part] for part in body["part_ids"])
        if len(content) != upload["asked"]["bytes"] or body["md5"] != hashlib.md5(content).hexdigest():
            return refusal(400, "checksum", "The bytes are not those that were announced.")
        file = self.keep(upload["asked"]["filename"], content, upload["asked"]["purpose"])
        return Said(200, self.upload(id, "completed") | {"file": file})

    def upload(self, id: str, status: str) -> dict[str, Any]:
        """An upload as it is told."""
        told = {name: self.uploads[id]["asked"][name] for name in ("bytes", "filename", "purpose")}
        times = {"created_at": self.now, "expires_at": self.now + 3600}
        return {"id": id, "object": "upload", "status": status} | told | times

    # -- jobs --------------------------------------------------------------------------------------------------

    def on_jobs(self, asked: Asked, rest: list[str]) -> Said | None:
        if rest[:1] != ["jobs"]:
            return None
        self.now += self.hasten
        if len(rest) == 1:
            return self.create(asked.json()) if asked.verb == "POST" else self.list_jobs(asked)
        id, what = rest[1], rest[2] if len(rest) > 2 else ""
        if id not in self.jobs:
            return refusal(404, "fine_tune_not_found", f"Could not find fine tune: {id}")
        if not what:
            return Said(200, self.shown(id))
        if what == "events":
            return page(self.events(id), asked)
        if what == "checkpoints":
            return page(self.checkpoints(id), asked)
        return self.steer(id, what) if asked.verb == "POST" else None

    def create(self, body: dict[str, Any]) -> Said:
        """A job, when everything about it is right."""
        if self.closed:
            return refusal(
                403, "training_not_available",
                "OpenAI is winding down the fine-tuning platform and your organization is no longer able to create new "
                "fine-tuning training jobs.",
            )  # fmt: skip
        if said := self.unfit(body):
            return said
        id = f"ftjob-{len(self.jobs) + 1:04}"
        self.jobs[id] = {"asked": body, "created_at": self.now, "stopped": None, "shift": 0, "deleted": False}
        return Said(200, self.shown(id))

    def unfit(self, body: dict[str, Any]) -> Said | None:
        """What is wrong with a request for a job."""
        if strange := set(body) - JOB_KEYS:
            return refusal(400, "unknown_parameter", f"Unknown parameter: '{sorted(strange)[0]}'.")
        if reason := complaint("CreateFineTuningJobRequest", body):
            return refusal(400, "invalid_request", reason)
        if body["model"] not in BASE_MODELS:
            return refusal(400, "model_not_available", f"Model {body['model']} is not available for fine-tuning.")
        for which in ("training_file", "validation_file"):
            if body.get(which) is not None and body[which] not in self.files:
                return refusal(400, "invalid_file_id", f"invalid {which}: {body[which]}", param=which)
        return None

    def list_jobs(self, asked: Asked) -> Said:
        """The newest first, those of the last seconds left out; filtered by metadata."""
        wanted = {key[9:-1]: value[0] for key, value in asked.query.items() if key.startswith("metadata[")}
        shown = (self.shown(id) for id, job in self.jobs.items() if self.now - job["created_at"] >= self.list_lag)
        found = [job for job in shown if wanted.items() <= (job["metadata"] or {}).items()]
        return page(found[::-1], asked)

    def steer(self, id: str, what: str) -> Said | None:
        """Cancel, pause or resume."""
        job, status = self.jobs[id], self.shown(id)["status"]
        if what == "cancel" and status not in ENDS:
            job["stopped"] = "cancelled"
        elif what == "pause" and status == "running":
            job["stopped"], job["paused_at"] = "paused", self.now
        elif what == "resume" and status == "paused":
            job["stopped"], job["shift"] = None, job["shift"] + self.now - job["paused_at"]
        elif what in ("cancel", "pause", "resume"):
            return refusal(400, "invalid_state", f"Job {id} is {status} and cannot be asked to {what}.")
        else:
            return None
        return Said(200, self.shown(id))

    def age(self, id: str) -> int:
        """Seconds that a job has worked."""
        job = self.jobs[id]
        until = job["paused_at"] if job["stopped"] == "paused" else self.now
        return int(until - job["created_at"] - job["shift"])

    def shown(self, id: str) -> dict[str, Any]:
        """A job as it is told."""
        job = self.jobs[id]
        reached = [status for at, status in self.script if self.age(id) >= at]
        status = job["stopped"] or self.fault_of(id) or reached[-1]
        if self.odd and status == "queued":
            status = "warming_up"
        body, done = job["asked"], status == "succeeded"
        if done and "results" not in job:
            job["results"] = self.keep("step_metrics.csv", self.results(id), "fine-tune-results")["id"]
        told: dict[str, Any] = {
            "id": id, "object": "fine_tuning.job", "created_at": job["created_at"], "model": body["model"],
            "training_file": body["training_file"], "validation_file": body.get("validation_file"), "status": status,
            "fine_tuned_model": self.name_of(id) if done and not job["deleted"] else None,
            "finished_at": job["created_at"] + self.script[-1][0] if done else None,
            "organization_id": "org-1", "result_files": [job["results"]] if done else [], "seed": body.get("seed", 0),
            "trained_tokens": 1200 if done else None, "method": body.get("method"), "metadata": body.get("metadata"),
            "hyperparameters": {"n_epochs": 1}, "error": self.error if status == "failed" else {}, "integrations": [],
            "estimated_finish": None, "user_provided_suffix": body.get("suffix"),
        }  # fmt: skip
        return told | ({"a_new_field": {"of": "theirs"}} if self.odd else {})

    def fault_of(self, id: str) -> str | None:
        """What a look at the rows ends: a file that no model can be trained on."""
        content = self.contents.get(self.jobs[id]["asked"]["training_file"], b"")
        rows = [line for line in content.removeprefix(BOM).splitlines() if line.strip()]
        if self.age(id) < 1 or not content:
            return None
        if len(rows) >= 10 and all(isinstance(json.loads(row), dict) for row in rows[:10]):
            return None
        self.error = {
            "code": "invalid_n_examples",
            "message": f"Training file has {len(rows)} example(s)",
            "param": "f",
        }
        return "failed"

    def name_of(self, id: str) -> str:
        """What a tuned model is called."""
        body = self.jobs[id]["asked"]
        return f"ft:{body['model']}:acme:{body.get('suffix', '')}:{id[-4:]}"

    def steps_done(self, id: str) -> int:
        """How many steps a job has made."""
        begins = next((at for at, status in self.script if status == "running"), None)
        if begins is None or self.age(id) < begins:
            return 0
        until = next((at for at, status in self.script if at > begins), begins + STEPS)
        return min(STEPS, (self.age(id) - begins) * STEPS // max(1, until - begins))

    def events(self, id: str) -> list[dict[str, Any]]:
        """What a job says, the newest first."""
        said: list[dict[str, Any]] = [self.event(id, "Created fine-tuning job", "message", None)]
        if self.odd:
            said.append(self.event(id, "Moderation", "moderation_checks", {"passed": True}))
        for step in range(1, self.steps_done(id) + 1):
            data = {"step": step, "total_steps": STEPS} | losses(step)
            said.append(self.event(id, f"Step {step}/{STEPS}", "metrics", data))
        numbered = [event | {"id": f"ftevent-{id}-{number}"} for number, event in enumerate(said)]
        return numbered[::-1]

    def event(self, id: str, message: str, type: str, data: Any) -> dict[str, Any]:
        """One event."""
        at = self.jobs[id]["created_at"]
        told = {"object": "fine_tuning.job.event", "created_at": at, "level": "info"}
        return told | {"message": message, "type": type, "data": data}

    def results(self, id: str) -> bytes:
        """The file of all steps."""
        names = ("step", "train_loss", "train_mean_token_accuracy", "full_valid_loss")
        rows = [",".join(names)]
        for step in range(1, STEPS + 1):
            row = {"step": step} | losses(step)
            rows.append(",".join(str(row.get(name, "")) for name in names))
        plain = "\n".join(rows).encode() + b"\n"
        return base64.b64encode(plain) if self.csv == "base64" else plain

    def checkpoints(self, id: str) -> list[dict[str, Any]]:
        """The models of the last steps of a job that succeeded."""
        if self.shown(id)["status"] != "succeeded":
            return []
        return [
            {
                "id": f"ftckpt_{step}",
                "object": "fine_tuning.job.checkpoint",
                "created_at": self.now,
                "step_number": step,
                "fine_tuning_job_id": id,
                "fine_tuned_model_checkpoint": f"{self.name_of(id)}:ckpt-step-{step}",
                "metrics": {"step": step} | losses(step),
            }
            for step in (STEPS, STEPS - 2)
        ]


class AzureTraining(OpenAITraining):
    """The same on Azure: no metadata, short suffixes, a byte order mark, and deployments at a resource manager."""

    root = "/openai/v1"

    def __init__(self) -> None:
        super().__init__()
        self.deployments: dict[str, dict[str, Any]] = {}

    def answer(self, asked: Asked) -> Said:
        if "/deployments" in asked.path:
            return self.manage(asked)
        if asked.path.startswith("/openai/uploads"):  # the older address, with a version
            if asked.headers.get("api-key") != KEY or "api-version" not in asked.query:
                return refusal(401, "401", "Access denied due to invalid subscription key or API version.")
            return self.on_uploads(asked, asked.path.strip("/").split("/")[2:]) or refusal(404, "404", "Not found")
        return super().answer(asked)

    def on_uploads(self, asked: Asked, rest: list[str]) -> Said | None:
        if asked.path.startswith(self.root):
            return refusal(404, "404", "Resource not found")
        return super().on_uploads(asked, rest)

    def knows(self, model: str) -> bool:
        return model in BASE_MODELS or model in self.deployments

    def unfit(self, body: dict[str, Any]) -> Said | None:
        body = dict(body)
        training = body.pop("trainingType", None)
        if training not in ("Standard", "GlobalStandard", "developerTier"):
            return refusal(400, "invalidPayload", f"trainingType {training!r} is not supported.")
        if "metadata" in body:
            return refusal(400, "invalidPayload", "Unknown parameter: 'metadata'.")
        if len(body.get("suffix", "")) > 18 or "." in body.get("suffix", ""):
            return refusal(400, "invalidPayload", "The suffix is too long or has a dot.")
        if not self.contents.get(body["training_file"], b"").startswith(BOM):
            return refusal(400, "invalidPayload", "The file must be UTF-8 with a byte order mark.")
        return super().unfit(body)

    def name_of(self, id: str) -> str:
        return f"{self.jobs[id]['asked']['model']}.{id.replace('ftjob', 'ft')}"

    def manage(self, asked: Asked) -> Said:
        """Deployments: made by PUT, ready at the second look, billed until deleted."""
        if asked.headers.get("authorization") != "Bearer management-token" or "api-version" not in asked.query:
            return refusal(401, "InvalidAuthenticationToken", "The access token is invalid.")
        name = asked.path.rpartition("/deployments")[2].strip("/")
        if not name:
            return Said(200, {"value": list(self.deployments.values())})
        if asked.verb == "PUT":
            wanted = asked.json()["properties"]["model"]
            if wanted["name"] not in self.tuned() or asked.json()["sku"]["capacity"] < 1:
                return refusal(400, "InvalidModel", f"The model {wanted['name']} does not exist.")
            made = {"name": name, "properties": {"model": wanted, "provisioningState": "Creating"}}
            self.deployments[name] = made
            return Said(201, json.loads(json.dumps(made)))
        if name not in self.deployments:
            return refusal(404, "DeploymentNotFound", "The deployment does not exist.")
        if asked.verb == "DELETE":
            del self.deployments[name]
            return Said(200, {})
        self.deployments[name]["properties"]["provisioningState"] = "Succeeded"
        return Said(200, self.deployments[name])


def losses(step: int) -> dict[str, float]:
    """What a step is said to have lost; a look at the validation rows at every second one."""
    told = {"train_loss": round(2.0 / step, 4), "train_mean_token_accuracy": round(1 - 0.5 / step, 4)}
    return told | ({"full_valid_loss": round(2.2 / step, 4)} if step % 2 == 0 else {})


def page(items: list[dict[str, Any]], asked: Asked) -> Said:
    """A page of a list, after a cursor."""
    after, limit = asked.query.get("after", [None])[0], int(asked.query.get("limit", ["20"])[0])
    start = next((number + 1 for number, item in enumerate(items) if item["id"] == after), 0)
    shown = items[start : start + limit]
    return Said(200, {"object": "list", "data": shown, "has_more": start + limit < len(items)})


def multipart(asked: Asked) -> dict[str, tuple[str, bytes]]:
    """The fields of a form: name -> file name and content."""
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    found: dict[str, tuple[str, bytes]] = {}
    for part in message_from_bytes(head + asked.body).get_payload():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        found[str(name)] = (str(part.get_filename() or ""), content if isinstance(content, bytes) else b"")
    return found
