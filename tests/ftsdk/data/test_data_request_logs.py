"""Logged requests to OpenAI (chat, responses) and Anthropic become rows; failed and unfinished ones do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ftsdk.data import import_file, load
from ftsdk.errors import SpecError

ASK = {"role": "user", "content": "Weather in Rome?"}
TOOL = {"type": "object", "properties": {"at": {"type": "string"}}}


def rows_of(tmp_path: Path, *records: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    source = tmp_path / "log.jsonl"
    source.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    report = import_file(source, tmp_path / "out.jsonl")
    load(tmp_path / "out.jsonl")
    return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()], report.left_out


def reason_of(tmp_path: Path, record: dict[str, Any]) -> str:
    with pytest.raises(SpecError) as caught:
        rows_of(tmp_path, record)
    return caught.value.findings[0].message


SUNNY = {"role": "assistant", "content": "Sunny."}
CUT = {"choices": [{"message": SUNNY, "finish_reason": "length"}]}
USE = {"type": "tool_use", "id": "t1", "name": "look", "input": {"at": "Rome"}}

CHAT_BODY = {"model": "m", "messages": [{"role": "developer", "content": "Be brief."}, ASK], "temperature": 0}
CHAT_ANSWER = {
    "id": "c1",
    "choices": [{"message": {"role": "assistant", "content": "Sunny."}, "finish_reason": "stop"}],
}


@pytest.mark.parametrize(
    "record",
    [
        {"request": CHAT_BODY, "response": CHAT_ANSWER},
        {"request_body": json.dumps(CHAT_BODY), "response_body": json.dumps(CHAT_ANSWER)},
        {"custom_id": "c1", "body": CHAT_BODY, "response": {"status_code": 200, "body": CHAT_ANSWER}},
        CHAT_BODY | CHAT_ANSWER,
    ],
)
def test_openai_chat_exchanges_in_every_wrapping(tmp_path: Path, record: dict[str, Any]) -> None:
    rows, _ = rows_of(tmp_path, record)
    assert [(turn["role"], turn["content"]) for turn in rows[0]["messages"]] == [
        ("system", "Be brief."), ("user", "Weather in Rome?"), ("assistant", "Sunny."),
    ]  # fmt: skip
    assert rows[0]["metadata"] == {"id": "c1"}


def test_anthropic_blocks_become_turns_tool_calls_and_results(tmp_path: Path) -> None:
    request = {
        "model": "claude",
        "max_tokens": 100,
        "system": [{"type": "text", "text": "Be brief."}],
        "tools": [{"name": "look", "description": "Looks.", "input_schema": TOOL}],
        "messages": [
            ASK,
            {"role": "assistant", "content": [{"type": "text", "text": "I look."}, USE]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "sunny"}]},
        ],
    }  # fmt: skip
    response = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "stop_reason": "end_turn",
        "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Sunny."}],
    }
    rows, _ = rows_of(tmp_path, {"request": request, "response": response})
    call = {"id": "t1", "type": "function", "function": {"name": "look", "arguments": '{"at": "Rome"}'}}
    assert rows[0]["messages"] == [
        {"role": "system", "content": "Be brief."},
        ASK,
        {"role": "assistant", "content": "I look.", "tool_calls": [call]},
        {"role": "tool", "content": "sunny", "tool_call_id": "t1"},
        {"role": "assistant", "content": "Sunny."},
    ]
    assert rows[0]["tools"] == [
        {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": TOOL}}
    ]


def test_responses_items_become_turns(tmp_path: Path) -> None:
    request = {
        "model": "m",
        "instructions": "Be brief.",
        "tools": [{"type": "function", "name": "look", "parameters": TOOL}],
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "Weather in Rome?"}]},
            {"type": "reasoning", "summary": []},
            {"type": "function_call", "call_id": "t1", "name": "look", "arguments": '{"at":"Rome"}'},
            {"type": "function_call_output", "call_id": "t1", "output": "sunny"},
        ],
    }
    output = [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Sunny."}]}]
    rows, _ = rows_of(tmp_path, {"request": request, "response": {"status": "completed", "output": output}})
    assert [turn["role"] for turn in rows[0]["messages"]] == ["system", "user", "assistant", "tool", "assistant"]
    assert rows[0]["messages"][2]["tool_calls"][0]["id"] == rows[0]["messages"][3]["tool_call_id"] == "t1"
    short, _ = rows_of(tmp_path, {"model": "m", "input": "Hi", "output": output})
    assert [turn["content"] for turn in short[0]["messages"]] == ["Hi", "Sunny."]


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"request": CHAT_BODY, "response": {"status_code": 429, "body": {}}}, "failed with status 429"),
        ({"request": CHAT_BODY, "response": {"error": {"message": "no"}}}, "the call failed"),
        ({"request": CHAT_BODY, "response": None}, "no answer"),
        ({"request": CHAT_BODY, "response": CUT}, "cut off by the token limit"),
        ({"request": CHAT_BODY, "response": {"choices": [{"delta": {"content": "Su"}}]}}, "streamed"),
        (
            {"request": CHAT_BODY | {"system": ""}, "response": {"type": "message", "stop_reason": "max_tokens"}},
            "cut off by the token limit",
        ),
        ({"model": "m", "input": "Hi", "previous_response_id": "r", "output": []}, "an earlier response"),
        (
            {"model": "m", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            "holds a part that is no text",
        ),
    ],
)  # fmt: skip
def test_failed_unfinished_and_unsayable_exchanges_are_left_out(
    tmp_path: Path, record: dict[str, Any], said: str
) -> None:
    assert said in reason_of(tmp_path, record)
