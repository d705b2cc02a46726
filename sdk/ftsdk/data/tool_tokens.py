"""Tokens of declared tools and of calls, by OpenAI's published way of counting them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ftsdk.data.value import ToolCall

if TYPE_CHECKING:
    from ftsdk.data.tokens import OpenAICounter

# OpenAI's cookbook, "How to count tokens with tiktoken", section on tool calls (2024-2025): tokens that open a
# function, its properties, a property and an enumeration, of each value of one, and that end the whole.
OPEN_FUNCTION = {"o200k_base": 7, "cl100k_base": 10}
OPEN_PROPERTIES, PROPERTY, OPEN_ENUM, ENUM_VALUE, END = 3, 3, -3, 3, 12


def tools_tokens(tools: Sequence[Mapping[str, Any]], counter: OpenAICounter) -> int:
    """Tokens that declaring ``tools`` adds to a chat."""
    return sum(_function_tokens(tool["function"], counter) for tool in tools) + END if tools else 0


def call_text(call: ToolCall) -> str:
    """The text that stands for a call where no count of it is published: its name and arguments."""
    return f"{call.name}\n{call.arguments}"


def _function_tokens(function: Mapping[str, Any], counter: OpenAICounter) -> int:
    description = str(function.get("description", "")).rstrip(".")
    tokens = OPEN_FUNCTION[counter.encoding_name] + len(counter.encode(f"{function['name']}:{description}"))
    parameters = function.get("parameters")
    properties = parameters.get("properties") if isinstance(parameters, Mapping) else None
    if not isinstance(properties, Mapping) or not properties:
        return tokens
    return tokens + OPEN_PROPERTIES + sum(_property_tokens(key, rule, counter) for key, rule in properties.items())


def _property_tokens(name: str, rule: Any, counter: OpenAICounter) -> int:
    rule = rule if isinstance(rule, Mapping) else {}
    description = str(rule.get("description", "")).rstrip(".")
    tokens = PROPERTY + len(counter.encode(f"{name}:{rule.get('type', '')}:{description}"))
    values = rule.get("enum")
    if isinstance(values, (list, tuple)) and values:
        tokens += OPEN_ENUM + sum(ENUM_VALUE + len(counter.encode(str(value))) for value in values)
    return tokens
