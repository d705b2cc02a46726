"""Stand-ins that answer chats: OpenAI's two endpoints, and Anthropic's messages."""

from __future__ import annotations

from typing import Any

from tests.services.definitions import complaint
from tests.services.service import KEY, Asked, Said, Service, refusal

MODELS = ("gpt-4.1-mini", "gpt-6-luna", "claude-haiku-5-5", "ft:gpt-4.1-mini:acme::1")
WITHOUT_TEMPERATURE = ("gpt-6-luna", "claude-haiku-5-5")
CONTEXT = 10_000  # characters


def said_back(text: str, body: dict[str, Any]) -> tuple[str, str]:
    """An answer and why it ended: the last word of the question, cut at the token limit."""
    limit = body.get("max_completion_tokens") or body.get("max_tokens") or body.get("max_output_tokens") or 1
    words = text.split()[-1:] if "long" not in text else ["word"] * 100
    return " ".join(words[:limit]), "length" if len(words) > limit else "stop"


class OpenAIAnswers(Service):
    """``/v1/chat/completions`` and ``/v1/responses``, as strict as OpenAI's own definition."""

    key_header = "authorization"
    newest = True  # refuses max_tokens, as OpenAI's newer models do

    def answer(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return refusal(401, "invalid_api_key", f"Incorrect API key provided: {asked.headers.get('authorization')}")
        if asked.path == "/v1/chat/completions":
            return self.chat(asked.json())
        if asked.path == "/v1/responses":
            return self.response(asked.json())
        return refusal(404, "unknown_url", f"Unknown request URL: {asked.verb} {asked.path}")

    def chat(self, body: dict[str, Any]) -> Said:
        """One chat."""
        text = str(body["messages"][-1].get("content") or "")
        refused = self.refused(body, "CreateChatCompletionRequest", len(str(body["messages"])))
        if refused:
            return refused
        answer, finish = said_back(text, body)
        message: dict[str, Any] = {"role": "assistant", "content": answer, "refusal": None}
        if "refuse" in text:
            message |= {"content": None, "refusal": "I cannot help with that."}
        if body.get("tools"):
            name = body["tools"][0]["function"]["name"]
            call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": '{"q":"x"}'}}
            message |= {"content": None, "tool_calls": [call]}
            finish = "tool_calls"
        if body.get("response_format"):
            message["content"] = '{"said": "yes"}'
        usage = {"prompt_tokens": 20, "completion_tokens": 2, "total_tokens": 22}
        usage |= {"prompt_tokens_details": {"cached_tokens": 16}}
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
        return Said(
            200,
            {
                "id": "c-1",
                "object": "chat.completion",
                "created": 1,
                "model": body["model"],
                "choices": [choice],
                "usage": usage,
            },
        )

    def response(self, body: dict[str, Any]) -> Said:
        """One response."""
        refused = self.refused(body, "CreateResponse", len(str(body["input"])))
        if refused:
            return refused
        if body.get("store") is not False:
            return refusal(400, "stored", "these tests keep nothing at the service")
        text = str(body["input"][-1].get("content", ""))
        answer, finish = said_back(text, body)
        content: list[dict[str, Any]] = [{"type": "output_text", "text": answer, "annotations": []}]
        if "refuse" in text:
            content = [{"type": "refusal", "refusal": "I cannot help with that."}]
        output: list[dict[str, Any]] = [
            {"id": "m-1", "type": "message", "role": "assistant", "status": "completed", "content": content}
        ]
        if body.get("tools"):
            output = [
                {
                    "id": "f-1",
                    "type": "function_call",
                    "call_id": "call_1",
                    "name": body["tools"][0]["name"],
                    "arguments": "{}",
                    "status": "completed",
                }
            ]
        usage = {"input_tokens": 20, "output_tokens": 2, "total_tokens": 22}
        usage |= {"input_tokens_details": {"cached_tokens": 16}, "output_tokens_details": {"reasoning_tokens": 0}}
        cut = finish == "length"
        return Said(200, {
            "id": "r-1", "object": "response", "created_at": 1, "model": body["model"], "output": output,
            "usage": usage,
            "status": "incomplete" if cut else "completed", "error": None, "parallel_tool_calls": True,
            "incomplete_details": {"reason": "max_output_tokens"} if cut else None, "tool_choice": "auto", "tools": [],
        })  # fmt: skip

    def refused(self, body: dict[str, Any], definition: str, length: int) -> Said | None:
        """What is wrong with a question, if anything."""
        if body["model"] not in MODELS:
            return refusal(404, "model_not_found", f"The model `{body['model']}` does not exist")
        if reason := complaint(definition, body):
            return refusal(400, "invalid_request", reason)
        if self.newest and "max_tokens" in body:
            return refusal(400, "unsupported_parameter", "Use 'max_completion_tokens' instead.", param="max_tokens")
        if body["model"] in WITHOUT_TEMPERATURE and body.get("temperature", 1) != 1:
            return refusal(400, "unsupported_value", "Only the default (1) value is supported.", param="temperature")
        if length > CONTEXT:
            return refusal(400, "context_length_exceeded", "This model's maximum context length is smaller.")
        return None


class AnthropicAnswers(Service):
    """``/v1/messages``: roles, blocks, caching and formats as Anthropic's reference has them."""

    def broken(self, fault: Any) -> Said | None:
        """In Anthropic's form."""
        said = super().broken(fault)
        return said and self.refuse(said.status, "overloaded_error", "said by the stand-in", said.headers)

    def refuse(self, status: int, type: str, message: str, headers: Any = None) -> Said:
        """A refusal in Anthropic's form."""
        return Said(status, {"type": "error", "error": {"type": type, "message": message}}, headers or {})

    def answer(self, asked: Asked) -> Said:
        bearer = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if KEY not in (asked.headers.get("x-api-key"), bearer):
            return self.refuse(401, "authentication_error", "invalid x-api-key")
        if asked.path != "/v1/messages" or "anthropic-version" not in asked.headers:
            return self.refuse(404, "not_found_error", "Not found")
        body = asked.json()
        if reason := self.complaint(body):
            return self.refuse(*reason)
        text = next((b["text"] for b in body["messages"][-1]["content"] if b["type"] == "text"), "result")
        answer, finish = said_back(text, body)
        content: list[dict[str, Any]] = [{"type": "text", "text": answer}]
        if body.get("tools"):
            content = [{"type": "tool_use", "id": "t-1", "name": body["tools"][0]["name"], "input": {"q": "x"}}]
        if body.get("output_config"):
            content = [{"type": "text", "text": '{"said": "yes"}'}]
        reason_to_stop = "refusal" if "refuse" in text else {"length": "max_tokens", "stop": "end_turn"}[finish]
        cached = 16 if "cache_control" in str(body.get("system")) else 0
        usage = {
            "input_tokens": 20 - cached,
            "output_tokens": 2,
            "cache_read_input_tokens": cached,
            "cache_creation_input_tokens": 0,
        }
        return Said(
            200,
            {
                "id": "m-1",
                "type": "message",
                "role": "assistant",
                "model": body["model"],
                "content": content,
                "stop_reason": reason_to_stop,
                "stop_sequence": None,
                "usage": usage,
            },
        )

    def complaint(self, body: dict[str, Any]) -> tuple[int, str, str] | None:
        """What is wrong with a question, if anything."""
        if body["model"] not in MODELS:
            return 404, "not_found_error", f"model: {body['model']}"
        known = {"model", "messages", "max_tokens", "system", "tools", "temperature", "top_p", "output_config"}
        if strange := set(body) - known:
            return 400, "invalid_request_error", f"{sorted(strange)[0]}: Extra inputs are not permitted"
        if body["model"] in WITHOUT_TEMPERATURE and "temperature" in body:
            return 400, "invalid_request_error", "`temperature` is deprecated for this model."
        for turn in body["messages"]:
            if turn["role"] not in ("user", "assistant") or not turn["content"]:
                return 400, "invalid_request_error", "messages: text content blocks must be non-empty"
        if body["messages"][0]["role"] != "user":
            return 400, "invalid_request_error", "messages: first message must use the user role"
        if len(str(body)) > CONTEXT:
            return 400, "invalid_request_error", "prompt is too long: 300000 tokens > 200000 maximum"
        return None
