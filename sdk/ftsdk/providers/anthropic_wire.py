"""Answers over Anthropic's messages protocol, through the ``anthropic`` package, repeated prompts cached."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from ftsdk.data.value import Message
from ftsdk.providers.allowance import left_of
from ftsdk.providers.faults import no_answer, of_status_error
from ftsdk.providers.inference import FinishReason, FormatKind, Params, Usage
from ftsdk.providers.openai_wire import about_temperature
from ftsdk.providers.remote_inference import Reply, refused

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic, AsyncAnthropicBedrock

FORMATS: frozenset[FormatKind] = frozenset({"json_schema"})
CACHED = {"type": "ephemeral"}

_FINISHED: Mapping[str | None, FinishReason] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refused",
}


class AnthropicWire:
    """One client of the anthropic package, without its own retries."""

    formats = FORMATS

    def __init__(self, client: AsyncAnthropic | AsyncAnthropicBedrock, service: str) -> None:
        self._client = client
        self._service = service
        self._without_temperature: set[str] = set()
        self._prefixes: set[int] = set()

    async def ask(self, model: str, messages: Sequence[Message], params: Params) -> Reply:
        """One request; a model that takes no temperature is asked again without, and from then on without."""
        body = self._body(messages, params)
        if model not in self._without_temperature:
            try:
                return await self._sent(model, body, _extra(params, {"temperature": params.temperature}), params)
            except _NoTemperature:
                self._without_temperature.add(model)
        return await self._sent(model, body, _extra(params, {}), params)

    def params(self, model: str, messages: Sequence[Message], params: Params) -> dict[str, Any]:
        """What a question is as a part of a batch, by what is known of the model."""
        more = {} if model in self._without_temperature else {"temperature": params.temperature}
        return {"model": model, **self._body(messages, params), **_extra(params, more)}

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _sent(self, model: str, body: Mapping[str, Any], extra: Mapping[str, Any], params: Params) -> Reply:
        import anthropic

        try:
            # By extra_body: the package no longer knows what older models still take, nor the older one the newer.
            came = await self._client.messages.with_raw_response.create(model=model, extra_body=extra, **body)
            parsed: Any = came.parse()
            said = await parsed if isawaitable(parsed) else parsed  # before 1.0 it was at hand
        except anthropic.APIStatusError as error:
            refusal = of_status_error(self._service, error)
            if (
                refusal.status == 400
                and params.temperature == 0
                and "temperature" in extra
                and about_temperature(refusal.message)
            ):
                raise _NoTemperature(refusal.message) from None
            raise refused(refusal) from None
        except anthropic.APIConnectionError as error:
            raise no_answer(self._service, "answer", error) from None
        return read(said).model_copy(update={"left": left_of(came.headers)})

    def _body(self, messages: Sequence[Message], params: Params) -> dict[str, Any]:
        system = [{"type": "text", "text": message.content} for message in messages if message.role == "system"]
        turns = [_turn(message) for message in messages if message.role != "system"]
        self._cache(system, turns)
        body: dict[str, Any] = {"messages": turns, "max_tokens": params.max_tokens}
        if system:
            body["system"] = system
        if params.tools:
            body["tools"] = [_tool(tool["function"]) for tool in params.tools]
        return body

    def _cache(self, system: list[dict[str, Any]], turns: list[dict[str, Any]]) -> None:
        """Mark what was asked before for caching: writing to the cache costs a quarter more than not, once."""
        shared = turns[:-1]
        if shared and self._seen_before([*system, *shared]):
            shared[-1]["content"][-1]["cache_control"] = CACHED
        if system and self._seen_before(system):
            system[-1]["cache_control"] = CACHED

    def _seen_before(self, prefix: list[dict[str, Any]]) -> bool:
        key = hash(json.dumps(prefix))
        seen = key in self._prefixes
        self._prefixes.add(key)
        return seen


class _NoTemperature(Exception):
    """The model takes no temperature."""


def read(said: Any) -> Reply:
    """The reply in a message of the anthropic package."""
    return Reply(
        text="".join(block.text for block in said.content if block.type == "text"),
        usage=_usage(said.usage),
        finish_reason=_FINISHED.get(said.stop_reason, "stop"),
        tool_calls=tuple(_call(block) for block in said.content if block.type == "tool_use"),
    )


def _extra(params: Params, more: Mapping[str, Any]) -> dict[str, Any]:
    extra = dict(more) | ({} if params.top_p == 1 else {"top_p": params.top_p})
    if params.response_format is not None:
        extra["output_config"] = {"format": {"type": "json_schema", "schema": params.response_format.json_schema}}
    return extra


def _turn(message: Message) -> dict[str, Any]:
    """One turn in blocks; what a tool answered is the user's."""
    if message.role == "tool":
        result = {"type": "tool_result", "tool_use_id": message.tool_call_id, "content": message.content}
        return {"role": "user", "content": [result]}
    said = [{"type": "text", "text": message.content}] if message.content else []
    calls = [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": json.loads(call.arguments or "{}")}
        for call in message.tool_calls
    ]
    return {"role": message.role, "content": [*said, *calls]}


def _tool(function: Mapping[str, Any]) -> dict[str, Any]:
    described = {"description": function["description"]} if "description" in function else {}
    return {"name": function["name"], "input_schema": function.get("parameters", {"type": "object"})} | described


def _call(block: Any) -> dict[str, object]:
    return {
        "id": block.id,
        "type": "function",
        "function": {"name": block.name, "arguments": json.dumps(block.input, ensure_ascii=False)},
    }


def _usage(usage: Any) -> Usage:
    read, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    return Usage(
        prompt_tokens=usage.input_tokens + read + written, completion_tokens=usage.output_tokens, cached_tokens=read
    )
