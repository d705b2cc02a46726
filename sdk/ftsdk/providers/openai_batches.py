"""Batches at OpenAI: questions as a file, one job a file at half the price, answers as another file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ftsdk.errors import ProviderError
from ftsdk.providers.http_json import JsonHttp, Refused
from ftsdk.providers.inference import Answer, BatchRefused, Question, Usage
from ftsdk.providers.openai_wire import OpenAIWire
from ftsdk.providers.remote_inference import refused

MOST = 50_000  # questions of one batch; a file may have 200 MB
MOST_BYTES = 200_000_000
KEY = "ftsdk"  # the metadata by which a batch is found again
NOTHING = Usage(prompt_tokens=0, completion_tokens=0)
# Of these the answers that came are there; "failed" means that nothing was begun.
ENDED = frozenset({"completed", "expired", "cancelled"})


class OpenAIBatches:
    """The batches of one account; ``wire`` knows how a question is written and an answer read."""

    most = MOST

    def __init__(self, http: JsonHttp, wire: OpenAIWire) -> None:
        self._http = http
        self._wire = wire

    async def create(self, key: str, questions: Mapping[str, Question]) -> str:
        """Uploads the questions and starts the one job; what is said of it is not repeated here."""
        content = b"".join(self._line(id, question) for id, question in questions.items())
        if len(content) > MOST_BYTES:
            raise ProviderError(
                f"a batch of {len(questions):,} questions has {len(content) // 10**6} MB, "
                f"and {self._http.service} takes {MOST_BYTES // 10**6}; nothing was sent",
                help="evaluate fewer rows (evaluation.max_rows), or without --batch",
                owner="data",
            )
        try:
            file = await self._http.send_file("/files", f"ftsdk-batch-{key}.jsonl", content, "batch")
            said = {"input_file_id": file["id"], "endpoint": f"/v1{self._wire.path}", "completion_window": "24h"}
            return str((await self._http.post("/batches", said | {"metadata": {KEY: key}}))["id"])
        except Refused as error:
            raise refused(error.refusal) from None

    async def find(self, key: str, began: float) -> str | None:  # noqa: ARG002 - its own key is enough here
        """By its metadata, among all batches: in which order they are listed is nowhere said."""
        async for batch in self._listed():
            if (batch.get("metadata") or {}).get(KEY) == key:
                return str(batch["id"])
        return None

    async def answers(self, batch: str) -> Mapping[str, Answer] | None:
        """What both of its files say."""
        try:
            said = await self._http.get(f"/batches/{batch}")
            if said["status"] == "failed":
                raise BatchRefused(f"{self._http.service} refused the batch {batch}: {_reasons(said)}; it cost nothing")
            if said["status"] not in ENDED:
                return None
            files = [said.get("output_file_id"), said.get("error_file_id")]
            lines = [await self._http.read(f"/files/{file}/content") for file in files if file]
        except Refused as error:
            raise refused(error.refusal) from None
        return {id: answer for content in lines for id, answer in self._answers(content)}

    async def _listed(self) -> Any:
        after = ""
        while True:
            try:
                page = await self._http.get(f"/batches?limit=100{after}")
            except Refused as error:
                raise refused(error.refusal) from None
            for batch in page["data"]:
                yield batch
            if not page.get("has_more") or not page["data"]:
                return
            after = f"&after={page['data'][-1]['id']}"

    def _line(self, id: str, question: Question) -> bytes:
        body = self._wire.body(question.model, question.messages, question.params)
        said = {"custom_id": id, "method": "POST", "url": f"/v1{self._wire.path}", "body": body}
        return json.dumps(said).encode() + b"\n"

    def _answers(self, content: bytes) -> Iterator[tuple[str, Answer]]:
        for line in content.splitlines():
            said = json.loads(line)
            yield said["custom_id"], self._answer(said)

    def _answer(self, said: Mapping[str, Any]) -> Answer:
        response = said.get("response") or {}
        error = said.get("error") or (response.get("body") or {}).get("error")
        if error or response.get("status_code") != 200:
            return _failed(str((error or {}).get("message") or f"status {response.get('status_code')}"))
        try:
            return self._wire.read(response["body"]).answer(latency=0.0)
        except (ProviderError, KeyError, IndexError, TypeError, AttributeError) as reason:
            return _failed(f"{self._http.service} answered in a shape that its protocol does not have: {reason}")


def _failed(reason: str) -> Answer:
    return Answer(text="", usage=NOTHING, latency=0.0, finish_reason="error", error=reason)


def _reasons(said: Mapping[str, Any]) -> str:
    errors = (said.get("errors") or {}).get("data") or []
    return "; ".join(str(error.get("message")) for error in errors[:3]) or "it gave no reason"
