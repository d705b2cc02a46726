"""Stand-ins that answer by batch: OpenAI's file of questions, job and files of answers; Anthropic's messages."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.services.answers import AnthropicAnswers
from tests.services.service import KEY, Asked, Said, refusal
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


class AnthropicBatches(AnthropicAnswers):
    """``/v1/messages/batches``: batches without a name, whose questions are shown when they have ended."""

    looks = 2

    def __init__(self) -> None:
        super().__init__()
        self.batches: dict[str, dict[str, Any]] = {}
        self.become: dict[str, str] = {}  # what becomes of questions with this in them

    def answer(self, asked: Asked) -> Said:
        path = asked.path.removeprefix("/v1/messages/batches")
        if path == asked.path:
            return super().answer(asked)
        if KEY not in (asked.headers.get("x-api-key"), asked.headers.get("authorization", "").removeprefix("Bearer ")):
            return self.refuse(401, "authentication_error", "invalid x-api-key")
        id = path.strip("/").removesuffix("/results")
        if asked.verb == "POST":
            return self.start(asked.json()["requests"])
        if not id:
            shown = [self.shown(id) for id in reversed(self.batches)]
            return Said(200, {"data": shown, "has_more": False, "first_id": None, "last_id": None})
        if id not in self.batches:
            return self.refuse(404, "not_found_error", "Not found")
        if path.endswith("/results"):
            return Said(200, self.results(self.batches[id]["requests"]))
        return Said(200, self.shown(id))

    def begun_by_others(self, *, ended: bool) -> None:
        """A batch of somebody else's, under way or not."""
        self.keep([{"custom_id": "theirs", "params": {"model": "claude-haiku-5-5", "messages": []}}])
        if ended:
            self.batches[list(self.batches)[-1]]["looked"] = self.looks

    def start(self, requests: list[dict[str, Any]]) -> Said:
        """A batch, when the names of its questions are names."""
        names = [one["custom_id"] for one in requests]
        if len(set(names)) < len(names) or not all(re.fullmatch("[a-zA-Z0-9_-]{1,64}", name) for name in names):
            return self.refuse(400, "invalid_request_error", "custom_id: must be unique and match the pattern")
        return Said(200, self.shown(self.keep(requests)))

    def keep(self, requests: list[dict[str, Any]]) -> str:
        """A batch from now on."""
        id = f"msgbatch_{len(self.batches) + 1:04}"
        self.batches[id] = {"requests": requests, "looked": -1, "at": datetime.now(UTC)}
        return id

    def shown(self, id: str) -> dict[str, Any]:
        """A batch as it is told, one look further on its way."""
        batch = self.batches[id]
        batch["looked"] += 1
        over = batch["looked"] > self.looks
        counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
        return {
            "id": id, "type": "message_batch", "processing_status": "ended" if over else "in_progress",
            "request_counts": counts | {"succeeded" if over else "processing": len(batch["requests"])},
            "created_at": batch["at"].isoformat(), "expires_at": (batch["at"] + timedelta(days=1)).isoformat(),
            "ended_at": None, "archived_at": None, "cancel_initiated_at": None,
            "results_url": f"{self.address}/v1/messages/batches/{id}/results" if over else None,
        }  # fmt: skip

    def results(self, requests: list[dict[str, Any]]) -> bytes:
        """A line for every question, in another order."""
        lines = []
        for one in reversed(requests):
            body = json.dumps(one["params"])
            what = next((end for part, end in self.become.items() if f'"{part}"' in body), "succeeded")
            result: dict[str, Any] = {"type": what}
            if what == "errored":
                result["error"] = {"type": "error", "error": {"type": "api_error", "message": "It broke."}}
            if what == "succeeded" and one["custom_id"] != "theirs":
                headers = {"x-api-key": KEY, "anthropic-version": "1"}
                asked = Asked("POST", "/v1/messages", {}, headers, body.encode())
                result["message"] = super().answer(asked).content
            elif what == "succeeded":
                result = {"type": "canceled"}
            lines.append(json.dumps({"custom_id": one["custom_id"], "result": result}))
        return "\n".join(lines).encode()
