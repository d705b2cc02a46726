# ruff: noqa: E501  (published texts)
"""The shipped encodings are tiktoken's, whole, and count as OpenAI publishes."""

from __future__ import annotations

from typing import Any

import pytest

from ftsdk.data import Message, OpenAICounter, near_pairs
from ftsdk.data.encodings import ENCODINGS, SHA256, EncodingName, encoding, file_sha256

# "How to count tokens with tiktoken", OpenAI's cookbook: its examples and the counts that its API returned for them.
JARGON: list[dict[str, Any]] = [
    {
        "role": "system",
        "content": "You are a helpful, pattern-following assistant that translates corporate jargon into plain English.",
    },
    {"role": "system", "name": "example_user", "content": "New synergies will help drive top-line growth."},
    {
        "role": "system",
        "name": "example_assistant",
        "content": "Things working well together will increase revenue.",
    },
    {
        "role": "system",
        "name": "example_user",
        "content": "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
    },
    {
        "role": "system",
        "name": "example_assistant",
        "content": "Let's talk later when we're less busy about how to do better.",
    },
    {
        "role": "user",
        "content": "This late pivot means we don't have time to boil the ocean for the client deliverable.",
    },
]
WEATHER: list[dict[str, Any]] = [
    {"role": "system", "content": "You are a helpful assistant that can answer to questions about the weather."},
    {"role": "user", "content": "What's the weather like in San Francisco?"},
]
WEATHER_TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_current_weather",
        "description": "Get the current weather in a given location",
        "parameters": {
            "type": "object",
            "properties": {
                "location": {"type": "string", "description": "The city and state, e.g. San Francisco, CA"},
                "unit": {
                    "type": "string",
                    "description": "The unit of temperature to return",
                    "enum": ["celsius", "fahrenheit"],
                },
            },
            "required": ["location"],
        },
    },
}


def counted(name: EncodingName, chat: list[dict[str, Any]], tools: list[dict[str, Any]]) -> int:
    messages = [Message(**message) for message in chat]
    return sum(segment.tokens for segment in OpenAICounter(name).segments(messages, tools))


@pytest.mark.parametrize("name", ENCODINGS)
def test_the_shipped_ranks_are_byte_for_byte_those_that_tiktoken_pins(name: EncodingName) -> None:
    assert file_sha256(name) == SHA256[name]


@pytest.mark.parametrize(("name", "published"), [("o200k_base", 124), ("cl100k_base", 129)])
def test_chats_count_as_openai_publishes(name: EncodingName, published: int) -> None:
    assert counted(name, JARGON, []) == published


@pytest.mark.parametrize(("name", "published"), [("o200k_base", 101), ("cl100k_base", 105)])
def test_chats_with_tools_count_as_openai_publishes(name: EncodingName, published: int) -> None:
    assert counted(name, WEATHER, [WEATHER_TOOL]) == published


def test_text_never_becomes_a_special_token() -> None:
    ids = encoding("o200k_base").encode_ordinary("<|endoftext|>")
    assert len(ids) > 1
    assert encoding("o200k_base").decode(ids) == "<|endoftext|>"


def test_near_duplicates_are_found_across_a_boundary_and_short_texts_are_compared_whole() -> None:
    texts = [[], [5], [5], [5, 6], list(range(100)), [*range(99), 7], list(range(200, 300))]
    assert [(pair.first, pair.second) for pair in near_pairs(texts)] == [(1, 2), (4, 5)]
    assert [(pair.first, pair.second) for pair in near_pairs(texts, boundary=5)] == [(4, 5)]
    assert list(near_pairs([])) == []
