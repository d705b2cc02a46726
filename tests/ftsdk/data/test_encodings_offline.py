# ruff: noqa: E501  (published texts)
"""The shipped encodings are tiktoken's, whole, and count as OpenAI publishes."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import pytest

from ftsdk.data import Message, OpenAICounter, check, near_pairs
from ftsdk.data.encodings import ENCODINGS, SHA256, EncodingName, encoding, fast, file_sha256

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
    assert {(pair.first, pair.second) for pair in near_pairs(texts)} == {(1, 2), (4, 5)}
    assert [(pair.first, pair.second) for pair in near_pairs(texts, boundary=5)] == [(4, 5)]
    assert list(near_pairs([])) == []


@pytest.fixture
def fresh() -> Iterator[None]:
    """The choice of the encoder is remembered; a test that changes it begins and leaves with none."""
    for remembered in (fast.fast_encoding, fast.encode_one):
        remembered.cache_clear()
    yield
    for remembered in (fast.fast_encoding, fast.encode_one):
        remembered.cache_clear()


HARD = [
    "",
    "a\ud800b",
    "<|endoftext|>",
    "e\u0301\u200d👩‍👧 ŉ İ ſ",
    "\u2028x\x85 \x1c1234 'LL",
    "あ" * 999,
    "0" * 70 + "\r\n\r",
]


@pytest.mark.parametrize("name", ENCODINGS)
def test_the_probes_of_the_faster_encoder_are_hashed_as_tiktoken_encodes_them(name: EncodingName) -> None:
    encode = fast.one_by_one(encoding(name).encode_ordinary)
    assert fast.probed(lambda texts: encode(texts)[0].tobytes()) == fast.PROBED[name]


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_version_that_is_not_asked_again_has_agreed(name: EncodingName) -> None:
    toktok = pytest.importorskip("toktok")
    assert importlib.metadata.version("toktok-rs") in fast.AGREED
    assert fast._probe(toktok._encoding(name)) == fast.PROBED[name]


@pytest.mark.parametrize("name", ENCODINGS)
def test_whichever_encoder_is_installed_gives_the_ids_of_tiktoken(name: EncodingName) -> None:
    ids, ends = fast.encode_all(name)(HARD)
    expected = [encoding(name).encode_ordinary(text) for text in HARD]
    assert ids.tolist() == [token for tokens in expected for token in tokens]
    assert ends.tolist() == list(accumulate(map(len, expected)))
    assert [fast.encode_one(name)(text) for text in HARD] == expected


def test_an_encoder_that_does_not_agree_with_tiktoken_is_not_used(fresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "AGREED", frozenset())
    monkeypatch.setitem(fast.PROBED, "o200k_base", "0" * 64)
    assert fast.fast_encoding("o200k_base") is None
    assert fast.encode_one("o200k_base")("hello world") == [24912, 2375]


def test_without_the_faster_encoder_a_check_says_the_same(fresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"messages": [{"role": "user", "content": f"{text} {number}"}, {"role": "assistant", "content": "ünd so 12"}]}
            for number in range(60) for text in ("What is", "where's", "¿Qué\n\n")]  # fmt: skip
    with_it = check(rows, max_tokens=14)
    fast.fast_encoding.cache_clear()
    fast.encode_one.cache_clear()
    monkeypatch.setitem(sys.modules, "toktok", None)
    assert check(rows, max_tokens=14) == with_it
