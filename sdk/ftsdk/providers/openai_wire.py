"""Answers over OpenAI's wire protocol, chat completions and responses, through the ``openai`` package."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ftsdk.data.value import Message
from ftsdk.errors import ProviderError
from ftsdk.providers.faults import Refusal, no_answer, of_status_error
from ftsdk.providers.inference import AnswerFormat, FinishReason, FormatKind, Params, Usage
from ftsdk.providers.remote_inference import Reply, refused

if TYPE_CHECKING:
    from openai import AsyncOpenAI

FORMATS: frozenset[FormatKind] = frozenset({"json", "json_schema"})
LEAST_OUTPUT = 16  # of the responses endpoint

_FINISHED: Mapping[str, FinishReason] = {"length": "length", "content_filter": "refused"}


class OpenAIWire:
    """One client of the openai package, without its own retries; ``limit`` is the name of the token limit."""

    formats = FORMATS

    def __init__(self, client: AsyncOpenAI, service: str, *, limit: str = "max_completion_tokens") -> None:
        self._client = client
        self._service = service
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
        await self._client.close()

    async def _asked(self, model: str, messages: Sequence[Message], params: Params, *, temperature: bool) -> Reply:
        import openai

        try:
            return await self._sent(model, messages, params, temperature=temperature)
        except openai.APIStatusError as error:
            refusal = of_status_error(self._service, error)
            if params.temperature == 0 and temperature and _about_temperature(error, refusal):
                raise _NoTemperature(refusal.message) from None
            raise refused(refusal) from None
        except openai.APIConnectionError as error:
            raise no_answer(self._service, "answer", error) from None

    async def _sent(self, model: str, messages: Sequence[Message], params: Params, *, temperature: bool) -> Reply:
        body: dict[str, Any] = {"messages": [message.model_dump(exclude={"weight"}) for message in messages]}
        body |= sampling(params, temperature=temperature)
        body[self._limit] = params.max_tokens
        if params.seed is not None:
            body["seed"] = params.seed
        if params.tools:
            body["tools"] = list(params.tools)
        if params.response_format is not None:
            body["response_format"] = _chat_format(params.response_format)
        said = await self._client.chat.completions.create(model=model, **body)
        if not said.choices:
            raise ProviderError(f"{self._service} answered without a choice", help="check that it serves chats")
        choice = said.choices[0]
        refusal = getattr(choice.message, "refusal", None)
        return Reply(
            text=choice.message.content or refusal or "",
            usage=_chat_usage(said.usage),
            finish_reason="refused" if refusal else _FINISHED.get(choice.finish_reason, "stop"),
            tool_calls=tuple(_chat_call(call) for call in choice.message.tool_calls or ()),
        )


class ResponsesWire(OpenAIWire):
    """The same over ``/responses``; nothing is kept at the service."""

    async def _sent(self, model: str, messages: Sequence[Message], params: Params, *, temperature: bool) -> Reply:
        body: dict[str, Any] = {"input": [item for message in messages for item in _items(message)], "store": False}
        body |= sampling(params, temperature=temperature)
        body["max_output_tokens"] = max(LEAST_OUTPUT, params.max_tokens)
        if params.tools:
            body["tools"] = [{"type": "function", "strict": False} | tool["function"] for tool in params.tools]
        if params.response_format is not None:
            body["text"] = {"format": _responses_format(params.response_format)}
        said = await self._client.responses.create(model=model, **body)
        if said.error is not None:
            raise refused(Refusal(self._service, 500, said.error.code, said.error.message))
        parts = [part for item in said.output if item.type == "message" for part in item.content]
        refusals = [part.refusal for part in parts if part.type == "refusal"]
        incomplete = said.incomplete_details.reason if said.incomplete_details else None
        return Reply(
            text="".join(part.text for part in parts if part.type == "output_text") or "".join(refusals),
            usage=_responses_usage(said.usage),
            finish_reason="refused" if refusals else _INCOMPLETE.get(incomplete or "", "stop"),
            tool_calls=tuple(_call(i.call_id, i.name, i.arguments) for i in said.output if i.type == "function_call"),
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


def _about_temperature(error: Any, refusal: Refusal) -> bool:
    named = str(getattr(error, "param", None) or refusal.message)
    return refusal.status == 400 and about_temperature(named)


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


def _chat_call(call: Any) -> dict[str, object]:
    if call.type == "function":
        return _call(call.id, call.function.name, call.function.arguments)
    return _call(call.id, call.custom.name, json.dumps({"input": call.custom.input}))


def _call(id: str, name: str, arguments: str) -> dict[str, object]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def _chat_usage(usage: Any) -> Usage:
    if usage is None:  # gateways leave it out
        return Usage(prompt_tokens=0, completion_tokens=0)
    details = getattr(usage, "prompt_tokens_details", None)
    return Usage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cached_tokens=getattr(details, "cached_tokens", None) or 0,
    )


def _responses_usage(usage: Any) -> Usage:
    if usage is None:
        return Usage(prompt_tokens=0, completion_tokens=0)
    cached = getattr(usage.input_tokens_details, "cached_tokens", None) or 0
    return Usage(prompt_tokens=usage.input_tokens, completion_tokens=usage.output_tokens, cached_tokens=cached)
