"""Answers of hosted models: what is sent, what comes back, and what happens when it goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ftsdk.data.value import Message, ToolCall
from ftsdk.errors import ModelMissing, ProviderError, ProviderUnavailable
from ftsdk.providers import throttle
from ftsdk.providers.answering import anthropic_answers, openai_answers
from ftsdk.providers.inference import Answer, AnswerFormat, Params, formats_of
from ftsdk.spec.connections import AnthropicConnection, OpenAICompatibleConnection
from tests.services.answers import AnthropicAnswers, OpenAIAnswers
from tests.services.service import KEY, Asked, Fault, Said, Service, serving

SCHEMA = {
    "type": "object",
    "properties": {"said": {"type": "string"}},
    "required": ["said"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object"}}}
SERVICES = ("chat", "responses", "anthropic")
ASK = (Message(role="system", content="Be brief."), Message(role="user", content="Reply with the word yes"))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "FIRST_WAIT", 0.01)
    monkeypatch.setenv("KEY", KEY)


SHORT = Params(max_tokens=20)


class Hosted:
    """A stand-in and how to ask it."""

    def __init__(self, kind: str, service: Service, address: str) -> None:
        self.kind, self.service, self.address = kind, service, address
        self.model = "claude-haiku-5-5" if kind == "anthropic" else "gpt-4.1-mini"

    def client(self, model: str | None = None) -> Any:
        if self.kind == "anthropic":
            connection = AnthropicConnection.model_validate({"type": "anthropic", "api_key": {"env": "KEY"}})
            return anthropic_answers(connection, Path(), self.address)(model or self.model)
        said = {
            "type": "openai_compatible",
            "base_url": f"{self.address}/v1",
            "api_key": {"env": "KEY"},
            "api": self.kind,
        }
        return openai_answers(OpenAICompatibleConnection.model_validate(said), Path())(model or self.model)

    def ask(self, *messages: Message, params: Params = SHORT, model: str | None = None, times: int = 1) -> list[Answer]:
        async def all_of_it() -> list[Answer]:
            async with self.client(model) as client:
                return [await client.complete(model or self.model, messages or ASK, params) for _ in range(times)]

        return asyncio.run(all_of_it())

    def bodies(self) -> list[dict[str, Any]]:
        return [asked.json() for asked in self.service.seen]


@pytest.fixture(params=SERVICES)
def hosted(request: pytest.FixtureRequest) -> Iterator[Hosted]:
    service: Service = AnthropicAnswers() if request.param == "anthropic" else OpenAIAnswers()
    if isinstance(service, OpenAIAnswers):
        service.newest = False
    with serving(service) as address:
        yield Hosted(request.param, service, address)


def test_a_question_is_answered_with_its_usage(hosted: Hosted) -> None:
    [answer] = hosted.ask()
    assert (answer.text, answer.finish_reason, answer.error) == ("yes", "stop", None)
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (20, 2)
    assert answer.latency > 0


def test_an_answer_cut_at_the_limit_says_so(hosted: Hosted) -> None:
    [answer] = hosted.ask(Message(role="user", content="a long one"), params=Params(max_tokens=16))
    assert answer.finish_reason == "length"


def test_a_refusal_of_the_model_is_an_answer(hosted: Hosted) -> None:
    assert hosted.ask(Message(role="user", content="refuse this"))[0].finish_reason == "refused"


def test_an_answer_can_be_held_to_a_schema(hosted: Hosted) -> None:
    wanted = AnswerFormat(type="json_schema", json_schema=SCHEMA)
    assert "json_schema" in formats_of(hosted.client())
    [answer] = hosted.ask(params=Params(max_tokens=20, response_format=wanted))
    sent = str(hosted.bodies()[-1])
    assert "additionalProperties" in sent, "the schema went along"
    assert answer.error is None


def test_a_format_that_the_service_lacks_is_refused_before_it_is_asked(hosted: Hosted) -> None:
    wanted = Params(response_format=AnswerFormat(type="json"))
    if "json" in formats_of(hosted.client()):
        assert hosted.ask(params=wanted)[0].error is None
        return
    with pytest.raises(ProviderError, match="cannot hold answers"):
        hosted.ask(params=wanted)
    assert hosted.service.seen == []


def test_tools_go_out_and_calls_come_back_in_one_form(hosted: Hosted) -> None:
    [answer] = hosted.ask(params=Params(max_tokens=20, tools=(TOOL,)))
    [call] = answer.tool_calls
    assert call["type"] == "function"
    assert call["function"]["name"] == "look"  # type: ignore[index]


def test_a_chat_with_calls_and_their_results_can_be_sent(hosted: Hosted) -> None:
    called = Message(role="assistant", content="", tool_calls=(ToolCall(id="c1", name="look", arguments='{"q":1}'),))
    result = Message(role="tool", content="found", tool_call_id="c1")
    [answer] = hosted.ask(*ASK, called, result)
    assert answer.error is None


def test_a_model_without_temperature_is_asked_without_from_then_on(hosted: Hosted) -> None:
    model = "claude-haiku-5-5" if hosted.kind == "anthropic" else "gpt-6-luna"
    hosted.ask(model=model, times=2)
    assert ["temperature" in body for body in hosted.bodies()] == [True, False, False]


def test_a_temperature_that_was_wished_for_is_not_dropped(hosted: Hosted) -> None:
    model = "claude-haiku-5-5" if hosted.kind == "anthropic" else "gpt-6-luna"
    [answer] = hosted.ask(model=model, params=Params(temperature=0.7))
    assert answer.finish_reason == "error"
    assert len(hosted.service.seen) == 1


@pytest.mark.parametrize("fault", [Fault(500), Fault(503), Fault(429, {"retry-after": "0.02"}), Fault(0), Fault(409)])
def test_what_may_pass_is_asked_again(hosted: Hosted, fault: Fault) -> None:
    hosted.service.faults += [fault, fault]
    assert hosted.ask(model="gpt-4.1-mini")[0].text == "yes"
    assert len(hosted.service.seen) == 3


@pytest.mark.parametrize("said", [b"no JSON", b"[]", b'{"choices": ["text"]}', b'{"choices": [{"message": "text"}]}'])
def test_an_answer_of_no_known_shape_is_asked_for_again(said: bytes) -> None:
    class Odd(OpenAIAnswers):
        def answer(self, asked: Asked) -> Said:
            return Said(200, said) if len(self.seen) == 1 else super().answer(asked)

    service = Odd()
    service.newest = False
    with serving(service) as address:
        assert Hosted("chat", service, address).ask()[0].text == "yes"
    assert len(service.seen) == 2


def test_questions_go_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    service = OpenAIAnswers()
    service.newest = False
    with serving(service) as address:
        monkeypatch.setenv("http_proxy", address)
        monkeypatch.setenv("no_proxy", "elsewhere.invalid")
        assert Hosted("chat", service, "http://service.invalid").ask()[0].text == "yes"
    assert service.seen[0].headers["host"] == "service.invalid"


def test_an_address_that_needs_no_proxy_is_asked_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    service = OpenAIAnswers()
    service.newest = False
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(service) as address:
        assert Hosted("chat", service, address).ask()[0].text == "yes"


def test_whoever_is_told_to_wait_makes_all_calls_wait(hosted: Hosted) -> None:
    hosted.service.faults.append(Fault(429, {"retry-after": "0.3"}))

    async def both() -> float:
        loop = asyncio.get_running_loop()
        async with hosted.client() as client:
            first = asyncio.create_task(client.complete("gpt-4.1-mini", ASK, Params(max_tokens=20)))
            await asyncio.sleep(0.15)
            began = loop.time()
            await client.complete("gpt-4.1-mini", ASK, Params(max_tokens=20))
            await first
            return loop.time() - began

    assert asyncio.run(both()) > 0.05


def test_nobody_asks_before_there_is_something_left_of_a_limit_that_is_told(hosted: Hosted) -> None:
    """Ten requests fill up again in half a second, and none is left."""
    answer = hosted.service.answer

    def telling(asked: Asked) -> Said:
        again = datetime.now(UTC) + timedelta(seconds=0.5)
        anthropic = {"limit": "10", "remaining": "0", "reset": again.isoformat()}
        openai = anthropic | {"reset": "500ms"}
        names = {f"anthropic-ratelimit-requests-{part}": said for part, said in anthropic.items()}
        if hosted.kind != "anthropic":
            names = {f"x-ratelimit-{part}-requests": said for part, said in openai.items()}
        return answer(asked)._replace(headers=names)

    hosted.service.answer = telling  # type: ignore[method-assign]

    async def second() -> float:
        async with hosted.client() as client:
            await client.complete("gpt-4.1-mini", ASK, SHORT)
            began = asyncio.get_running_loop().time()
            await client.complete("gpt-4.1-mini", ASK, SHORT)
            return asyncio.get_running_loop().time() - began

    assert 0.15 < asyncio.run(second()) < 1.5


def test_a_service_that_never_answers_is_given_up(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "ATTEMPTS", 3)
    hosted.service.faults += [Fault(500)] * 5
    with pytest.raises(ProviderUnavailable):
        hosted.ask(model="gpt-4.1-mini")
    assert len(hosted.service.seen) == 3


def test_a_wait_past_patience_is_told_with_its_length(hosted: Hosted) -> None:
    hosted.service.faults.append(Fault(429, {"retry-after": "3600"}))
    with pytest.raises(ProviderUnavailable) as told:
        hosted.ask()
    assert told.value.retry_after == 3600
    assert told.value.owner == "quota"


def test_money_that_ran_out_is_not_asked_for_again() -> None:
    service = OpenAIAnswers()
    service.newest = False
    service.faults.append(Fault(429, code="insufficient_quota"))
    with serving(service) as address, pytest.raises(ProviderError) as told:
        Hosted("chat", service, address).ask()
    assert not isinstance(told.value, ProviderUnavailable)
    assert told.value.owner == "quota"
    assert len(service.seen) == 1


def test_a_wrong_key_is_told_once_and_never_shown(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "sk-wrong-abcdefghijkl")

    async def twice() -> list[str]:
        said = []
        async with hosted.client() as client:
            for _ in range(2):
                with pytest.raises(ProviderError) as told:
                    await client.complete(hosted.model, ASK, Params())
                said.append(str(told.value))
        return said

    said = asyncio.run(twice())
    assert "sk-wrong" not in "".join(said)
    assert len(hosted.service.seen) == 1, "the second question would hear the same"


def test_a_model_that_is_not_there_is_missing(hosted: Hosted) -> None:
    with pytest.raises(ModelMissing, match="gpt-9"):
        hosted.ask(model="gpt-9")


def test_a_question_that_is_too_long_is_an_answer_with_an_error(hosted: Hosted) -> None:
    [answer] = hosted.ask(Message(role="user", content="x" * 20_000), params=Params(temperature=1.0))
    assert answer.finish_reason == "error"
    assert answer.error is not None


def test_a_missing_key_is_told_in_a_sentence(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEY")
    with pytest.raises(ProviderError, match="no secret in the environment variable KEY"):
        hosted.client()


def test_anthropic_caches_what_it_is_asked_twice() -> None:
    service = AnthropicAnswers()
    shots = (Message(role="user", content="one"), Message(role="assistant", content="two"))
    with serving(service) as address:
        answers = Hosted("anthropic", service, address).ask(ASK[0], *shots, ASK[1], times=2)
    first, second = (str(asked.json()).count("cache_control") for asked in service.seen[1:])
    assert (first, second) == (0, 2), "a prompt asked once is not worth writing to the cache"
    assert answers[1].usage.cached_tokens == 16
    assert answers[1].usage.prompt_tokens == 20, "tokens read from the cache are tokens of the prompt"
