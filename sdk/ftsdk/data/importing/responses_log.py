"""OpenAI's responses bodies to canonical chats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ftsdk.data.importing.content import Chat, Turn, call, finished, role_of, text_of, tool
from ftsdk.data.importing.record import LeftOut

NOT_TAKEN = ("reasoning", "item_reference")


def responses_chat(request: Mapping[str, Any], response: Mapping[str, Any] | None, metadata: dict[str, Any]) -> Chat:
    """Instructions, input items and output items; reasoning is not taken."""
    if request.get("previous_response_id"):
        raise LeftOut("it goes on from an earlier response that is not in the record")
    if response is not None and response.get("status") not in (None, "completed"):
        raise LeftOut(f"the response is {str(response['status'])[:40]}")
    said: list[Turn] = []
    if isinstance(request.get("instructions"), str) and request["instructions"].strip():
        said.append({"role": "system", "content": request["instructions"]})
    asked = request["input"]
    said += [{"role": "user", "content": asked}] if isinstance(asked, str) else _turns(asked)
    if response is not None:
        said += _turns(response.get("output") or _turn_text(response))
    return finished(_joined(said), metadata, [_tool(item) for item in request.get("tools") or ()])


def _turns(items: Any) -> list[Turn]:
    if not isinstance(items, Iterable) or isinstance(items, str | Mapping):
        raise LeftOut("its input or output is not a list of items")
    return [turn for item in items for turn in _turn(item)]


def _turn(item: Any) -> list[Turn]:
    kind = item.get("type", "message") if isinstance(item, Mapping) else None
    if kind in NOT_TAKEN:
        return []
    if kind == "message":
        role = role_of(item.get("role"))
        return [{"role": role, "content": text_of(item.get("content"), f"the {role} message")}]
    if kind == "function_call":
        calls = [call(item.get("call_id"), item.get("name"), item.get("arguments", "{}"))]
        return [{"role": "assistant", "content": "", "tool_calls": calls}]
    if kind == "function_call_output":
        text = text_of(item.get("output"), "a tool's result")
        return [{"role": "tool", "content": text, "tool_call_id": item.get("call_id")}]
    raise LeftOut(f"it holds an item that chats cannot say ({str(kind)[:40]})")


def _turn_text(response: Mapping[str, Any]) -> list[Turn]:
    text = response.get("output_text", response.get("content"))
    return [{"role": "assistant", "content": text}] if isinstance(text, str) else []


def _joined(said: Iterable[Turn]) -> list[Turn]:
    """Items of the assistant that follow one another are one turn: its text with all its calls."""
    turns: list[Turn] = []
    for turn in said:
        last = turns[-1] if turns else None
        if last is not None and last["role"] == turn["role"] == "assistant" and turn.get("tool_calls"):
            turns[-1] = last | {"tool_calls": [*last.get("tool_calls", ()), *turn["tool_calls"]]}
        else:
            turns.append(turn)
    return turns


def _tool(item: Any) -> Turn:
    if not isinstance(item, Mapping) or item.get("type") != "function":
        kind = item.get("type") if isinstance(item, Mapping) else item
        raise LeftOut(f"it declares a tool that is no function ({str(kind)[:40]})")
    return tool(item.get("name"), item.get("description"), item.get("parameters"))
