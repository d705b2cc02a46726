"""The small pieces that every logged or foreign chat is made of: texts, parts, turns, tool calls."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ftsdk.data.importing.record import LeftOut

Chat = dict[str, Any]
Turn = dict[str, Any]

ROLES = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user", "prompter": "user",
    "assistant": "assistant", "gpt": "assistant", "bot": "assistant", "model": "assistant", "chatgpt": "assistant",
    "tool": "tool", "function_response": "tool", "observation": "tool",
}  # fmt: skip
TEXT_PARTS = ("text", "input_text", "output_text")


def role_of(value: Any) -> str:
    """Our name for a role; raises LeftOut."""
    role = ROLES.get(value.lower()) if isinstance(value, str) else None
    if role is None:
        raise LeftOut(f"the role {str(value)[:40]!r} is not known")
    return role


def text_of(value: Any, what: str) -> str:
    """A text, or the texts of a list of parts; raises LeftOut for anything else (images, audio)."""
    if isinstance(value, str):
        return value
    if not isinstance(value, Sequence):
        raise LeftOut(f"{what} has no text")
    texts = []
    for part in value:
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind not in TEXT_PARTS or not isinstance(part.get("text"), str):
            raise LeftOut(f"{what} holds a part that is no text ({str(kind)[:40]})")
        texts.append(part["text"])
    return "\n".join(texts)


def call(id: Any, name: Any, arguments: Any) -> Turn:
    """One tool call in canonical form; arguments that came as an object become JSON text."""
    if not isinstance(id, str) or not isinstance(name, str):
        raise LeftOut("a tool call has no id or no name")
    written = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return {"id": id, "type": "function", "function": {"name": name, "arguments": written}}


def tool(name: Any, description: Any, parameters: Any) -> Turn:
    """One declared tool in canonical form."""
    if not isinstance(name, str):
        raise LeftOut("a declared tool has no name")
    function: Turn = {"name": name}
    if isinstance(description, str):
        function["description"] = description
    if isinstance(parameters, Mapping):
        function["parameters"] = parameters
    return {"type": "function", "function": function}


def finished(turns: Iterable[Turn], metadata: Mapping[str, Any], tools: Sequence[Turn] = ()) -> Chat:
    """The chat, if it asks and answers; raises LeftOut."""
    messages = list(turns)
    for turn in messages:
        if turn["role"] != "tool" and not turn["content"].strip() and not turn.get("tool_calls"):
            raise LeftOut(f"the {turn['role']} message is empty" if turn is not messages[-1] else "the answer is empty")
    if not messages or messages[-1]["role"] != "assistant":
        raise LeftOut("it has no answer: the last message is not the assistant's")
    if not any(turn["role"] == "user" for turn in messages):
        raise LeftOut("it has no user message")
    return with_metadata({"messages": messages} | ({"tools": list(tools)} if tools else {}), metadata)


def with_metadata(chat: Chat, metadata: Mapping[str, Any]) -> Chat:
    """``chat`` with what is known of it and is not None."""
    known = {key: value for key, value in metadata.items() if value is not None}
    return chat | {"metadata": known} if known else chat
