"""Anthropic's messages bodies to canonical chats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ftsdk.data.importing.content import Chat, Turn, call, finished, role_of, text_of, tool
from ftsdk.data.importing.record import LeftOut

THOUGHTS = ("thinking", "redacted_thinking")


def anthropic_chat(request: Mapping[str, Any], response: Mapping[str, Any] | None, metadata: dict[str, Any]) -> Chat:
    """System, turns and answer; thinking is not taken, tool results become tool messages."""
    said = [turn for message in request.get("messages") or () for turn in _turns(message)]
    if request.get("system"):
        said.insert(0, {"role": "system", "content": text_of(request["system"], "the system message")})
    if response is not None:
        said += _turns({"role": "assistant"} | dict(response))
    tools = [
        tool(item.get("name"), item.get("description"), item.get("input_schema"))
        for item in request.get("tools") or ()
        if isinstance(item, Mapping)
    ]
    return finished(said, metadata, tools)


def _turns(message: Any) -> Iterator[Turn]:
    """One message, and before it the tool results that Anthropic puts into the user's."""
    if not isinstance(message, Mapping):
        raise LeftOut("a message is not an object")
    role, content = role_of(message.get("role")), message.get("content")
    if isinstance(content, str):
        yield {"role": role, "content": content}
        return
    if not isinstance(content, Sequence):
        raise LeftOut(f"the {role} message has no content")
    texts: list[Any] = []
    calls: list[Turn] = []
    for block in content:
        kind = block.get("type") if isinstance(block, Mapping) else None
        if kind == "tool_use":
            calls.append(call(block.get("id"), block.get("name"), block.get("input", {})))
        elif kind == "tool_result":
            yield _result(block)
        elif kind not in THOUGHTS:
            texts.append(block)
    if texts or calls:
        turn = {"role": role, "content": text_of(texts, f"the {role} message")}
        yield turn | ({"tool_calls": calls} if calls else {})


def _result(block: Mapping[str, Any]) -> Turn:
    content = block.get("content")
    text = "" if content is None else text_of(content, "a tool's result")
    return {"role": "tool", "content": text, "tool_call_id": block.get("tool_use_id")}
