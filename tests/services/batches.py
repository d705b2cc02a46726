"""A stand-in that answers by batch as OpenAI does: a file of questions, a job with a clock, files of answers."""

from __future__ import annotations

import json
from typing import Any

from tests.services.service import Asked, Said, refusal
from tests.services.training import OpenAITraining, page

ENDPOINTS = ("/v1/chat/completions", "/v1/responses")
KEYS = {"input_file_id", "endpoint", "completion_window", "metadata", "output_expires_after"}


class OpenAIBatches(OpenAITraining):
    """One account. A batch ends after ``looks`` looks; lists show it after ``late`` of them."""

    looks = 2
    late = 0

    def __init__(self) -> None:
        super().__init__()
        self.batches: dict[str, dict[str, Any]] = {}
        self.lists = 0
        self.end = "completed"
        self.fails = ""  # questions with this in them fail

    def answer(self, asked: Asked) -> Said:
        if not asked.path.startswith("/v1/batches") or not self.allowed(asked):
            return OpenAITraining.answer(self, asked) if asked.path != "/v1/responses" else self.response(asked.json())
        id = asked.path.removeprefix("/v1/batches").strip("/")
        if asked.verb == "POST":
            return self.start(asked.json())
        if not id:
            self.lists += 1
            return page(list(self.batches.values())[::-1] if self.lists > self.late else [], asked)
        if id not in self.batches:
            return refusal(404, None, f"No batch found with id '{id}'.")
        return Said(200, self.looked_at(self.batches[id]))

    def start(self, body: dict[str, Any]) -> Said:
        """A batch, when everything about it is right."""
        if strange := set(body) - KEYS:
            return refusal(400, "unknown_parameter", f"Unknown parameter: '{sorted(strange)[0]}'.")
        file = self.files.get(body["input_file_id"])
        if file is None or file["purpose"] != "batch":
            return refusal(400, "invalid_request", "input_file_id must be a file with purpose 'batch'")
        if body["completion_window"] != "24h" or body["endpoint"] not in ENDPOINTS:
            return refusal(400, "invalid_request", "unsupported completion_window or endpoint")
        id = f"batch_{len(self.batches) + 1:04}"
        self.batches[id] = {
            "id": id, "object": "batch", "endpoint": body["endpoint"], "input_file_id": body["input_file_id"],
            "completion_window": "24h", "status": "validating", "created_at": self.now, "errors": None,
            "output_file_id": None, "error_file_id": None, "metadata": body.get("metadata"), "looked": 0,
        }  # fmt: skip
        return Said(200, self.shown_batch(id))

    def shown_batch(self, id: str) -> dict[str, Any]:
        """A batch as it is told."""
        return {name: value for name, value in self.batches[id].items() if name != "looked"}

    def looked_at(self, batch: dict[str, Any]) -> dict[str, Any]:
        """A batch, one look further on its way."""
        batch["looked"] += 1
        if batch["looked"] > self.looks and batch["status"] != self.end:
            batch["status"] = self.end
            if self.end == "failed":
                batch["errors"] = {"object": "list", "data": [{"code": "token_limit_exceeded", "message": "Too many."}]}
            else:
                self.do(batch)
        elif batch["looked"] <= self.looks:
            batch["status"] = "in_progress"
        return self.shown_batch(batch["id"])

    def do(self, batch: dict[str, Any]) -> None:
        """Answers every question of a batch; those that fail go to the file of errors."""
        right, wrong = [], []
        for line in self.contents[batch["input_file_id"]].splitlines():
            asked = json.loads(line)
            assert asked["url"] == batch["endpoint"]
            assert len(asked["custom_id"]) <= 64
            answer = self.response if asked["url"] == "/v1/responses" else self.chat
            said = answer(asked["body"])
            if self.fails and self.fails in json.dumps(asked["body"]):
                said = refusal(500, "server_error", "The model broke.")
            told = {"id": "br_1", "custom_id": asked["custom_id"], "error": None}
            told["response"] = {"status_code": said.status, "request_id": "r", "body": said.content}
            (right if said.status == 200 else wrong).append(json.dumps(told))
        for name, lines in (("output_file_id", right), ("error_file_id", wrong)):
            if lines:
                batch[name] = self.keep(f"{name}.jsonl", "\n".join(lines[::-1]).encode(), "batch_output")["id"]
