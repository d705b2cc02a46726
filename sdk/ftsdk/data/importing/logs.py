"""Logged requests to rows: finds the request and its response in a record, and tells whose bodies they are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ftsdk.data.importing.anthropic_log import anthropic_chat
from ftsdk.data.importing.content import Chat, Turn, finished
from ftsdk.data.importing.foreign import declared, metadata_of, turn_of, turns
from ftsdk.data.importing.record import LeftOut
from ftsdk.data.importing.responses_log import responses_chat

REQUEST_KEYS = ("request", "request_body", "body")
RESPONSE_KEYS = ("response", "response_body", "output", "completion")
ANTHROPIC_BLOCKS = ("tool_use", "tool_result", "thinking", "redacted_thinking")
# Ends of an answer that make it no example of a good one.
UNFINISHED = {
    "length": "the answer was cut off by the token limit",
    "max_tokens": "the answer was cut off by the token limit",
    "model_context_window_exceeded": "the answer was cut off by the context window",
    "content_filter": "a content filter ended the answer",
    "refusal": "the model refused to answer",
    "pause_turn": "the turn was paused and goes on in another request",
}

Body = Mapping[str, Any]


def logged(record: Body) -> Chat:
    """The chat of one exchange; raises LeftOut where the call failed, was cut off or cannot be told."""
    request, response = _request(record), _response(record)
    id = record.get("custom_id") or (response or {}).get("id") or record.get("id")
    metadata = metadata_of({"metadata": request.get("metadata"), "id": id})
    if "messages" not in request and "input" in request:
        return responses_chat(request, response, metadata)
    if _is_anthropic(request, response):
        _require_finished((response or {}).get("stop_reason"))
        return anthropic_chat(request, response, metadata)
    answer = _answer(response)
    return finished([*turns(request.get("messages")), *answer], metadata, declared(request))


def _request(record: Body) -> Body:
    for key in REQUEST_KEYS:
        found = _opened(record.get(key))
        if isinstance(found, Mapping):
            inner = _opened(found.get("body"))
            return inner if isinstance(inner, Mapping) else found
    if "messages" in record or "input" in record:
        return record
    raise LeftOut("it has no request")


def _response(record: Body) -> Body | None:
    """The response's body; None when none was logged (the request may end with the answer)."""
    if record.get("error"):
        raise LeftOut("the call failed")
    if "choices" in record:
        return record
    for key in RESPONSE_KEYS:
        found = _opened(record.get(key))
        if isinstance(found, list) and key == "output" and found and isinstance(found[0], Mapping):
            return {"output": found}
        if isinstance(found, str) and found.strip():
            return {"role": "assistant", "content": found}
        if isinstance(found, Mapping):
            return _body(found)
    return None


def _body(found: Body) -> Body:
    status = found.get("status_code", found.get("status"))
    if isinstance(status, int) and status >= 400:
        raise LeftOut(f"the call failed with status {status}")
    inner = _opened(found.get("body"))
    body = inner if isinstance(inner, Mapping) else found
    if body.get("error") or body.get("type") == "error":
        raise LeftOut("the call failed")
    return body


def _answer(response: Body | None) -> list[Turn]:
    if response is None:
        return []
    if "choices" not in response:
        return [turn_of({"role": "assistant"} | dict(response))]
    choices = response["choices"]
    choice = choices[0] if isinstance(choices, Sequence) and choices else None
    if not isinstance(choice, Mapping) or not isinstance(choice.get("message"), Mapping):
        raise LeftOut("its response has no message (a streamed one cannot be read)")
    _require_finished(choice.get("finish_reason"))
    return turns([{"role": "assistant"} | dict(choice["message"])])


def _require_finished(reason: Any) -> None:
    if isinstance(reason, str) and reason in UNFINISHED:
        raise LeftOut(UNFINISHED[reason])


def _is_anthropic(request: Body, response: Body | None) -> bool:
    if "system" in request or "anthropic_version" in request or (response or {}).get("type") == "message":
        return True
    if any(isinstance(item, Mapping) and "input_schema" in item for item in request.get("tools") or ()):
        return True
    contents = [turn.get("content") for turn in request.get("messages") or () if isinstance(turn, Mapping)]
    blocks = [block for content in contents if isinstance(content, list) for block in content]
    return any(isinstance(block, Mapping) and block.get("type") in ANTHROPIC_BLOCKS for block in blocks)


def _opened(value: Any) -> Any:
    """A body that was logged as JSON text, decoded."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
