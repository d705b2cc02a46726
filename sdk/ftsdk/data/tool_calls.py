"""The rules of tools: declared, called by name with arguments that fit, and answered by id."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ftsdk.data.messages import Fault

TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
DECLARE = 'write {"type": "function", "function": {"name": ..., "parameters": {a JSON Schema}}}'
CALL = 'write {"id": ..., "type": "function", "function": {"name": ..., "arguments": "{...}"}}'


def tool_faults(messages: Sequence[Any], tools: Any, parallel: Any = None) -> Iterator[Fault]:
    """What is wrong with a row's declared ``tools``, its calls, and their results."""
    if parallel is not None and not isinstance(parallel, bool):
        yield Fault("data/tools", "'parallel_tool_calls' is not true or false", "write true or false")
    turns = [message for message in messages if isinstance(message, Mapping)]
    if tools is None and not any("tool_calls" in turn or turn.get("role") == "tool" for turn in turns):
        return
    declared: dict[str, str] = {}
    for number, tool in enumerate(tools if isinstance(tools, (list, tuple)) else [], 1):
        yield from _declare(tool, number, declared)
    if tools is not None and not isinstance(tools, (list, tuple)):
        yield Fault("data/tools", "'tools' is not a list", DECLARE)
    yield from _calls_and_results(turns, declared)


def _declare(tool: Any, number: int, declared: dict[str, str]) -> Iterator[Fault]:
    function = (
        tool.get("function") if isinstance(tool, Mapping) and tool.get("type", "function") == "function" else None
    )
    name = function.get("name") if isinstance(function, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(name, str) or not TOOL_NAME.fullmatch(name):
        yield Fault("data/tools", f"tool {number} is not a declared function", DECLARE)
        return
    parameters = function.get("parameters") or {}
    schema = json.dumps(parameters, sort_keys=True)
    if name in declared:
        yield Fault("data/tools", f"the tool '{name}' is declared twice", "declare it once")
    elif not isinstance(parameters, Mapping) or _validator(schema) is None:
        yield Fault("data/tools", f"the parameters of '{name}' are no JSON Schema", "repair the schema")
        schema = "{}"
    declared[name] = schema


def _calls_and_results(turns: Sequence[Mapping[str, Any]], declared: Mapping[str, str]) -> Iterator[Fault]:
    open_calls: dict[str, str] = {}
    seen: set[str] = set()
    for turn in turns:
        if turn.get("role") == "tool":
            yield from _result(turn, open_calls, seen)
            continue
        yield from _unanswered(open_calls)
        open_calls = {}
        if turn.get("tool_calls") is not None:
            yield from _calls(turn, declared, open_calls, seen)


def _calls(
    turn: Mapping[str, Any], declared: Mapping[str, str], open_calls: dict[str, str], seen: set[str]
) -> Iterator[Fault]:
    calls = turn["tool_calls"]
    if not isinstance(calls, (list, tuple)) or not calls or turn.get("role") != "assistant":
        yield Fault("data/tool-call", "'tool_calls' is no list of calls by the assistant", CALL)
        return
    for call in calls:
        function = call.get("function") if isinstance(call, Mapping) else None
        if not isinstance(function, Mapping) or not _well_formed(call, function):
            yield Fault("data/tool-call", "a tool call is not of the documented form", CALL)
            continue
        if call["id"] in seen:
            yield Fault(
                "data/tool-call-id", f"the call id '{call['id'][:40]}' is given twice", "give each call its own"
            )
        seen.add(call["id"])
        open_calls[call["id"]] = function["name"]
        yield from _arguments(function["name"], function["arguments"], declared)


def _well_formed(call: Mapping[str, Any], function: Mapping[str, Any]) -> bool:
    texts = (call.get("id"), function.get("name"), function.get("arguments"))
    return (
        call.get("type", "function") == "function"
        and all(isinstance(text, str) for text in texts)
        and bool(call["id"])
        and set(function) == {"name", "arguments"}
        and set(call) <= {"id", "type", "function"}
    )


def _arguments(name: str, arguments: str, declared: Mapping[str, str]) -> Iterator[Fault]:
    try:
        given = json.loads(arguments)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        yield Fault("data/tool-arguments", f"the arguments of '{name[:40]}' are not a JSON object", 'at least "{}"')
        return
    schema = declared.get(name)
    if schema is None:
        known = f"declared here: {', '.join(declared)}"[:200] if declared else "add it to the row's 'tools'"
        yield Fault("data/undeclared-tool", f"the tool '{name[:40]}' is called but not declared", known)
        return
    validator = _validator(schema)
    wrong = next(validator.iter_errors(given), None) if validator is not None else None
    if wrong is not None:
        where = "/".join(map(str, wrong.instance_path))
        message = f"the arguments of '{name}' do not fit its schema{f' at {where}' if where else ''}: {wrong.message}"
        yield Fault("data/tool-schema", message[:300], "repair the arguments, or the declaration")


def _result(turn: Mapping[str, Any], open_calls: dict[str, str], seen: set[str]) -> Iterator[Fault]:
    answers = turn.get("tool_call_id")
    if not isinstance(answers, str) or answers not in open_calls:
        known = isinstance(answers, str) and answers in seen
        message = "a tool's result answers a call twice or too late" if known else "a tool's result answers no call"
        yield Fault("data/tool-call-id", message, "give it the tool_call_id of the call before it")
        return
    del open_calls[answers]


def _unanswered(open_calls: Mapping[str, str]) -> Iterator[Fault]:
    for name in open_calls.values():
        help = "put the tool's message right after the call"
        yield Fault("data/tool-unanswered", f"no result follows the call of '{name[:40]}'", help)


@lru_cache(maxsize=1024)
def _validator(schema: str) -> Any:
    import jsonschema_rs

    try:
        return jsonschema_rs.validator_for(json.loads(schema), retriever=_refuse)
    except ValueError:
        return None


def _refuse(address: str) -> Any:
    raise ValueError(f"a schema may not refer to {address}")  # rows are foreign text: nothing is fetched for them
