"""Answers over OpenAI's wire protocol: chat completions and responses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ftsdk.data.value import Message
from ftsdk.errors import ProviderError, ProviderUnavailable
from ftsdk.providers.faults import Refusal
from ftsdk.providers.http_json import JsonHttp, Refused
from ftsdk.providers.inference import AnswerFormat, FinishReason, FormatKind, Params, Usage
from ftsdk.providers.remote_inference import Reply, refused

FORMATS: frozenset[FormatKind] = frozenset({"json", "json_schema"})
LEAST_OUTPUT = 16  # of the responses endpoint

_FINISHED: Mapping[str, FinishReason] = {"length": "length", "content_filter": "refused"}


class OpenAIWire:
    """Asks once what it is asked; ``limit`` is the name of the token limit."""

    formats = FORMATS
    path = "/chat/completions"

    def __init__(self, http: JsonHttp, *, limit: str = "max_completion_tokens") -> None:
        self._http = http
        self._service = http.service
        self._limit = limit
        self._without_temperature: set[str] = set()

    async def ask(self, model: str, messages: Sequence[Message], params: Params) -> Reply:
        """One request; a model that takes no temperature is asked again without, and from then on without."""
        if model in self._without_temperature:
            return await self._asked(model, messages, params, temperature=False)
        try:
            return await self._asked(model, messages, params, temperature=True)
        except _NoTemperature:
            # 0 is nobody's wish but our default; another value that cannot be had is told instead.
            self._without_temperature.add(model)
            return await self._asked(model, messages, params, temperature=False)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _asked(self, model: str, messages: Sequence[Message], params: Params, *, temperature: bool) -> Reply:
        try:
            said, left = await self._http.ask(self.path, self._body(model, messages, params, temperature))
            reply = self.read(said)
            return reply.model_copy(update={"left": left}) if left else reply
        except Refused as error:
            if params.temperature == 0 and temperature and _refuses_temperature(error):
                raise _NoTemperature(error.refusal.message) from None
            raise refused(error.refusal) from None
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise ProviderUnavailable(
                f"{self._service} answered in a shape that its protocol does not have", help="it is asked again"
            ) from error

    def body(self, model: str, messages: Sequence[Message], params: Params) -> dict[str, Any]:
        """What is posted to ``path`` for a question, by what is known of the model."""
        return self._body(model, messages, params, temperature=model not in self._without_temperature)

    def _body(self, model: str, messages: Sequence[Message], params: Params, temperature: bool) -> dict[str, Any]:
        body: dict[str, Any] = {"model": model, "messages": [_turn(message) for message in messages]}
        body |= sampling(params, temperature=temperature)
        body[self._limit] = params.max_tokens
        if params.seed is not None:
            body["seed"] = params.seed
        if params.tools:
            body["tools"] = list(params.tools)
        if params.response_format is not None:
            body["response_format"] = _chat_format(params.response_format)
        return body

    def read(self, said: Mapping[str, Any]) -> Reply:
        """The reply in what the service answered; raises ProviderError, or KeyError and its like."""
        if not said.get("choices"):
            raise ProviderError(f"{self._service} answered without a choice", help="check that it serves chats")
        choice = said["choices"][0]
        message = choice.get("message") or {}
        refusal = message.get("refusal")
        return Reply(
            text=message.get("content") or refusal or "",
            usage=_usage(said.get("usage"), "prompt_tokens", "completion_tokens"),
            finish_reason="refused" if refusal else _FINISHED.get(choice.get("finish_reason"), "stop"),
            tool_calls=tuple(_chat_call(call) for call in message.get("tool_calls") or ()),
        )


class ResponsesWire(OpenAIWire):
    """The same over ``/responses``; nothing is kept at the service."""

    path = "/responses"

    def _body(self, model: str, messages: Sequence[Message], params: Params, temperature: bool) -> dict[str, Any]:
        body: dict[str, Any] = {"model": model, "input": [i for message in messages for i in _items(message)]}
        body["store"] = False
        body |= sampling(params, temperature=temperature)
        body["max_output_tokens"] = max(LEAST_OUTPUT, params.max_tokens)
        if params.tools:
            body["tools"] = [{"type": "function", "strict": False} | tool["function"] for tool in params.tools]
        if params.response_format is not None:
            body["text"] = {"format": _responses_format(params.response_format)}
        return body

    def read(self, said: Mapping[str, Any]) -> Reply:
        """The reply in what the service answered."""
        if said.get("error") is not None:
            error = said["error"]
            raise refused(Refusal(self._service, 500, str(error.get("code")), str(error.get("message"))))
        output = said.get("output") or ()
        parts = [part for item in output if item["type"] == "message" for part in item["content"]]
        refusals = [part["refusal"] for part in parts if part["type"] == "refusal"]
        incomplete = (said.get("incomplete_details") or {}).get("reason")
        return Reply(
            text="".join(part["text"] for part in parts if part["type"] == "output_text") or "".join(refusals),
            usage=_usage(said.get("usage"), "input_tokens", "output_tokens"),
            finish_reason="refused" if refusals else _INCOMPLETE.get(incomplete or "", "stop"),
            tool_calls=tuple(
                _call(i["call_id"], i["name"], i["arguments"]) for i in output if i["type"] == "function_call"
            ),
        )


_INCOMPLETE: Mapping[str, FinishReason] = {"max_output_tokens": "length", "content_filter": "refused"}


class _NoTemperature(Exception):
    """The model takes no temperature."""


def sampling(params: Params, *, temperature: bool) -> dict[str, Any]:
    """What is said of sampling; what stands at the service's default is left out."""
    said = {"temperature": params.temperature} if temperature else {}
    return said if params.top_p == 1 else said | {"top_p": params.top_p}


def strict(schema: Any) -> bool:
    """Whether a schema is of the kind that strict mode takes: closed objects, every property required."""
    if isinstance(schema, list):
        return all(map(strict, schema))
    if not isinstance(schema, dict):
        return True
    if "properties" in schema or schema.get("type") == "object":
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != set(properties):
            return False
        return all(map(strict, properties.values())) and strict(schema.get("$defs", {}))
    return all(map(strict, schema.values()))


def about_temperature(text: str) -> bool:
    """Whether a refusal is about temperature."""
    return "temperature" in text.lower()


def _refuses_temperature(error: Refused) -> bool:
    return error.refusal.status == 400 and about_temperature(error.about or error.refusal.message)


def _turn(message: Message) -> dict[str, Any]:
    if not message.tool_calls and message.tool_call_id is None:
        return {"role": message.role, "content": message.content}
    return message.model_dump(exclude={"weight"})


def _chat_format(wanted: AnswerFormat) -> dict[str, Any]:
    if wanted.type == "json":
        return {"type": "json_object"}
    schema = wanted.json_schema or {}
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": strict(schema)}}


def _responses_format(wanted: AnswerFormat) -> dict[str, Any]:
    chat = _chat_format(wanted)
    schema: dict[str, Any] = chat.get("json_schema", {})
    return {"type": chat["type"]} | schema


def _items(message: Message) -> list[dict[str, Any]]:
    """One turn as the responses endpoint takes it: texts, calls and their results apart."""
    if message.role == "tool":
        return [{"type": "function_call_output", "call_id": message.tool_call_id, "output": message.content}]
    said = [{"role": message.role, "content": message.content}] if message.content or not message.tool_calls else []
    calls = (
        {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments}
        for call in message.tool_calls
    )
    return [*said, *calls]


def _chat_call(call: dict[str, Any]) -> dict[str, object]:
    if call.get("type", "function") == "function":
        return _call(call["id"], call["function"]["name"], call["function"]["arguments"])
    return _call(call["id"], call["custom"]["name"], json.dumps({"input": call["custom"]["input"]}))


def _call(id: str, name: str, arguments: str) -> dict[str, object]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def _usage(usage: dict[str, Any] | None, into: str, out: str) -> Usage:
    if usage is None:  # gateways leave it out
        return Usage(prompt_tokens=0, completion_tokens=0)
    details = usage.get(f"{into}_details") or {}
    return Usage(
        prompt_tokens=usage.get(into) or 0,
        completion_tokens=usage.get(out) or 0,
        cached_tokens=details.get("cached_tokens") or 0,
    )
