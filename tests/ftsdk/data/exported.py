"""Rows of every kind, as canonical JSON, by method: what exporters are shown."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def said(role: str, content: str, **more: Any) -> Json:
    """One message."""
    return {"role": role, "content": content, **more}


TOOL: Json = {
    "type": "function",
    "function": {
        "name": "stock",
        "description": "Pieces in stock.",
        "parameters": {"type": "object", "properties": {"item": {"type": "string"}}, "required": ["item"]},
    },
}
CALL: Json = {"id": "c1", "type": "function", "function": {"name": "stock", "arguments": '{"item": "otter"}'}}

SFT: list[Json] = [
    {"messages": [said("user", "How?"), said("assistant", "So.")]},
    {"messages": [said("system", "Be brief."), said("user", "Größe?\n“L”"), said("assistant", "L 🦦")],
     "metadata": {"id": "a", "group": "g"}},
    {"messages": [said("user", "One?"), said("assistant", "1"), said("user", "Two?"), said("assistant", "2")]},
    {"messages": [said("user", "One?"), said("assistant", "1", weight=1), said("user", "Two?", name="ann"),
                  said("assistant", "2", weight=1)]},
    {"messages": [said("user", "Otters?"), said("assistant", "", tool_calls=[CALL]),
                  said("tool", "7", tool_call_id="c1"), said("assistant", "Seven.")],
     "tools": [TOOL], "parallel_tool_calls": False},
    {"messages": [said("user", "Hi"), said("user", "there"), said("assistant", "Hello.")]},
]  # fmt: skip
DPO: list[Json] = [
    {"input": {"messages": [said("user", "How?")]}, "preferred_output": [said("assistant", "So.")],
     "non_preferred_output": [said("assistant", "No.")], "metadata": {"id": "p"}},
    {"input": {"messages": [said("user", "Otters?")], "tools": [TOOL], "parallel_tool_calls": True},
     "preferred_output": [said("assistant", "", tool_calls=[CALL])],
     "non_preferred_output": [said("assistant", "I do not know.")]},
]  # fmt: skip
RFT: list[Json] = [
    {"messages": [said("system", "Add."), said("user", "1+1?")], "answer": "2", "limits": {"high": 3}},
    {"messages": [said("user", "Otters?")], "tools": [TOOL], "answer": "stock", "metadata": {"id": "r"}},
]
ROWS: dict[str, list[Json]] = {"sft": SFT, "dpo": DPO, "rft": RFT}
