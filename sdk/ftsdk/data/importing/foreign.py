"""Published row formats to canonical rows: chats, prompt and completion, ShareGPT, Alpaca, preference pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ftsdk.data.importing.content import Chat, Turn, call, finished, role_of, text_of, tool, with_metadata
from ftsdk.data.importing.record import LeftOut


def chat(record: Mapping[str, Any]) -> Chat:
    """OpenAI's chat rows, with parts joined and old function calls renewed; Bedrock's ``system`` may stand beside."""
    kept = {key: record[key] for key in ("parallel_tool_calls",) if isinstance(record.get(key), bool)}
    first = [_said("system", record["system"])] if isinstance(record.get("system"), str) else []
    return finished([*first, *turns(record["messages"])], metadata_of(record), declared(record)) | kept


def converse(record: Mapping[str, Any]) -> Chat:
    """Bedrock's ``bedrock-conversation-2024``: texts in lists of blocks, the system message apart."""
    system = [{"role": "system", "content": block} for block in (record.get("system") or ())[:1]]
    found: list[Turn] = []
    for turn in (*system, *record["messages"]):
        blocks = turn.get("content") if isinstance(turn, Mapping) else None
        blocks = [blocks] if isinstance(blocks, Mapping) else blocks
        if not isinstance(blocks, list) or not all(isinstance(block, Mapping) and "text" in block for block in blocks):
            raise LeftOut("a turn holds a block that is no text")
        found.append(_said(role_of(turn.get("role")), "\n".join(str(block["text"]) for block in blocks)))
    return finished(found, metadata_of(record))


def prompt_completion(record: Mapping[str, Any]) -> Chat:
    """``{"prompt", "completion"}``: two texts, or lists of messages (TRL)."""
    prompt, completion = record["prompt"], record["completion"]
    if isinstance(prompt, str) and isinstance(completion, str):
        # The legacy endpoint asked for a leading space in completions; chats do not want it.
        return finished([_said("user", prompt), _said("assistant", completion.strip())], metadata_of(record))
    said = [*_as_turns(prompt, "user"), *_as_turns(completion, "assistant")]
    return finished(said, metadata_of(record), declared(record))


def sharegpt(record: Mapping[str, Any]) -> Chat:
    """``{"conversations": [{"from", "value"}]}``, or with role and content; ``system`` may stand beside it."""
    said = record["conversations"]
    if not isinstance(said, Sequence) or isinstance(said, str):
        raise LeftOut("'conversations' is not a list")
    found: list[Turn] = []
    if isinstance(record.get("system"), str) and record["system"].strip():
        found.append(_said("system", record["system"]))
    for item in said:
        if not isinstance(item, Mapping):
            raise LeftOut("a turn is not an object")
        role = role_of(item.get("from", item.get("role")))
        if role == "tool":
            raise LeftOut("it holds tool turns, which ShareGPT writes without ids")
        found.append(_said(role, text_of(item.get("value", item.get("content")), f"the {role} turn")))
    return finished(found, metadata_of(record))


def alpaca(record: Mapping[str, Any]) -> Chat:
    """``{"instruction", "input", "output"}`` with optional ``system`` and ``history`` of [asked, answered] pairs."""
    asked = [record["instruction"], record.get("input") or ""]
    if not all(isinstance(part, str) for part in (*asked, record["output"])):
        raise LeftOut("'instruction', 'input' or 'output' is not a text")
    found: list[Turn] = []
    if isinstance(record.get("system"), str) and record["system"].strip():
        found.append(_said("system", record["system"]))
    for pair in record.get("history") or ():
        if not isinstance(pair, Sequence) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise LeftOut("'history' is not a list of [asked, answered]")
        found += [_said("user", pair[0]), _said("assistant", pair[1])]
    question = "\n\n".join(part.strip() for part in asked if part.strip())
    return finished([*found, _said("user", question), _said("assistant", record["output"])], metadata_of(record))


def preference(record: Mapping[str, Any]) -> Chat:
    """TRL's ``{"prompt", "chosen", "rejected"}``; without a prompt it is what both answers begin with."""
    chosen, rejected = (_as_turns(record[key], "assistant") for key in ("chosen", "rejected"))
    if record.get("prompt") is not None:
        prompt = _as_turns(record["prompt"], "user")
    else:
        shared = 0
        while shared < min(len(chosen), len(rejected)) - 1 and chosen[shared] == rejected[shared]:
            shared += 1
        prompt, chosen, rejected = chosen[:shared], chosen[shared:], rejected[shared:]
    if not prompt or prompt[-1]["role"] != "user":
        raise LeftOut("its prompt does not end with a user message")
    if any(not turns or turns[-1]["role"] != "assistant" for turns in (chosen, rejected)):
        raise LeftOut("'chosen' or 'rejected' does not end with the assistant's message")
    tools = declared(record)
    asked = {"messages": prompt} | ({"tools": tools} if tools else {})
    return with_metadata(
        {"input": asked, "preferred_output": chosen, "non_preferred_output": rejected}, metadata_of(record)
    )


def ready(record: Mapping[str, Any]) -> Chat:
    """Preference rows in OpenAI's own shape, as they are."""
    return dict(record)


def turns(messages: Any) -> list[Turn]:
    """Messages in OpenAI's form; raises LeftOut."""
    if not isinstance(messages, Sequence) or isinstance(messages, str) or not messages:
        raise LeftOut("'messages' is not a list of messages")
    found: list[Turn] = []
    renewed: list[str] = []  # ids given to calls in the form before `tool_calls`, not yet answered
    for number, message in enumerate(messages, 1):
        if not isinstance(message, Mapping):
            raise LeftOut(f"message {number} is not an object")
        if message.get("role") == "function":
            id = renewed.pop(0) if renewed else f"call_{number}"
            found.append(_said("tool", text_of(message.get("content"), "a function's result")) | {"tool_call_id": id})
            continue
        turn = turn_of(message)
        old = message.get("function_call")
        if isinstance(old, Mapping) and not turn.get("tool_calls"):
            renewed.append(f"call_{number}")
            turn["tool_calls"] = [call(renewed[-1], old.get("name"), old.get("arguments", "{}"))]
        found.append(turn)
    return found


def turn_of(message: Mapping[str, Any]) -> Turn:
    """One message in OpenAI's form with the keys that rows have; raises LeftOut."""
    role = role_of(message.get("role"))
    content = message.get("content")
    turn = _said(role, "" if content is None else text_of(content, f"the {role} message"))
    if message.get("refusal"):
        raise LeftOut("the model refused to answer")
    calls = message.get("tool_calls")
    if calls:
        turn["tool_calls"] = [_call(item) for item in calls]
    for key in ("tool_call_id", "name", "weight"):
        if message.get(key) is not None:
            turn[key] = message[key]
    return turn


def declared(record: Mapping[str, Any]) -> list[Turn]:
    """Tools in OpenAI's chat form, the older ``functions`` too."""
    tools = [item.get("function", item) for item in record.get("tools") or () if isinstance(item, Mapping)]
    tools += [item for item in record.get("functions") or () if isinstance(item, Mapping)]
    return [tool(item.get("name"), item.get("description"), item.get("parameters")) for item in tools]


def metadata_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """The row's own plain metadata, and its ``id`` when it has one."""
    carried = record.get("metadata")
    known = {
        str(key): value
        for key, value in (carried.items() if isinstance(carried, Mapping) else ())
        if isinstance(value, str | int | float)
    }
    id = record.get("id")
    return ({"id": str(id)} if isinstance(id, str | int) else {}) | known


def _as_turns(value: Any, role: str) -> list[Turn]:
    return [_said(role, value)] if isinstance(value, str) else turns(value)


def _said(role: str, content: str) -> Turn:
    return {"role": role, "content": content}


def _call(item: Any) -> Turn:
    function = item.get("function") if isinstance(item, Mapping) else None
    if not isinstance(function, Mapping):
        raise LeftOut("a tool call is not a function's")
    return call(item.get("id"), function.get("name"), function.get("arguments", "{}"))
