"""Services that limit: asked nearly as fast as they let in, seldom refused, nothing lost, whatever they tell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from ftsdk.data.value import Message
from ftsdk.providers.allowance import Left, left_of
from ftsdk.providers.inference import Params
from ftsdk.providers.pace import Pace
from ftsdk.providers.rates import throttle_of
from ftsdk.providers.remote_inference import RemoteInference
from ftsdk.providers.throttle import Throttle
from ftsdk.spec.connections import OpenAICompatibleConnection
from tests.ftsdk.providers.limited import Limited, Went, Wire, asked, in_counted_time

QUESTIONS = 1000
QUESTION = Message(role="user", content="q")


def ideal(limits: Limited) -> float:
    tokens = (QUESTIONS * 100 - limits.tokens / 4) / limits.tokens if limits.tokens else 0.0
    return max((QUESTIONS - limits.burst) / limits.rate, tokens)


def all_answered_once(went: Went) -> bool:
    return len(went.answers) == QUESTIONS and set(went.answers.values()) == {1}


@pytest.mark.parametrize("retry_after", [None, 1.0])
@pytest.mark.parametrize("burst", [10.0, 50.0, 200.0])
def test_a_limit_is_found_without_headers(burst: float, retry_after: float | None) -> None:
    limits = Limited(burst=burst, retry_after=retry_after)
    went = asked(limits, QUESTIONS)
    assert all_answered_once(went)
    assert went.seconds <= 1.25 * ideal(limits)
    assert went.refused <= 0.05


@pytest.mark.parametrize("tokens", [0.0, 21_000.0, 10_000.0])
@pytest.mark.parametrize("burst", [50.0, 200.0])
def test_a_limit_that_is_told_is_kept(burst: float, tokens: float) -> None:
    limits = Limited(burst=burst, tokens=tokens, headers=True, retry_after=1.0)
    went = asked(limits, QUESTIONS)
    assert all_answered_once(went)
    assert went.seconds <= 1.08 * ideal(limits)
    assert went.refused <= 0.01


@pytest.mark.parametrize("headers", [False, True])
def test_faults_cost_little_time_and_no_answer(headers: bool) -> None:
    """Refusals at random say nothing of the rate: a service that refuses one in twenty is not asked less and less."""
    limits = Limited(refused=0.05, broken=0.03, headers=headers)
    went = asked(limits, QUESTIONS)
    assert all_answered_once(went)
    assert went.seconds <= 1.1 * (QUESTIONS / (1 - 0.03 / 0.95) - limits.burst) / limits.rate


def test_a_learnt_rate_is_begun_with() -> None:
    limits = Limited(retry_after=1.0)
    first = asked(limits, QUESTIONS)
    assert first.learnt is not None
    assert 0.8 * limits.rate <= first.learnt <= 1.3 * limits.rate
    again = asked(limits, QUESTIONS, rate=first.learnt)
    assert again.refused <= first.refused
    assert again.seconds <= 1.25 * ideal(limits)


def test_a_service_that_lets_in_one_question_in_five_seconds_loses_none() -> None:
    limits = Limited(rate=0.2, burst=1, retry_after=5.0)
    went = asked(limits, 20, at_once=8)
    assert len(went.answers) == 20
    assert went.seconds <= 2 * 20 / 0.2


def test_seconds_of_starting_are_not_counted_into_the_rate() -> None:
    """Between the first question and the second modules were loaded for ten seconds; the service shut after 50."""
    pace = Pace(0.0)
    pace.asked(0.0)
    pace.answered()
    now = 10.0
    for number in range(2, 61):
        now = max(now, now + pace.wait(now))
        pace.asked(now)
        if number > 50 and not pace.cuts:
            pace.refused(now, 0.1, number, now, pace.cuts)
    learnt = pace.learnt(now)
    assert learnt is not None
    assert learnt > 50, "and not 50 questions in ten seconds"


def test_who_gives_up_waiting_holds_nobody_up() -> None:
    async def wait(clock: Callable[[], float]) -> float:
        throttle = Throttle(clock)
        client = RemoteInference("m", Wire(Limited(), clock), throttle)
        throttle.hold(1.0)
        waiting = [asyncio.create_task(client.complete("m", (QUESTION,), Params())) for _ in range(5)]
        await asyncio.sleep(0.5)
        for gone in waiting[:4]:
            gone.cancel()
        await waiting[4]
        return clock()

    assert in_counted_time(wait) < 1.2


def test_headers_are_read_as_their_makers_write_them() -> None:
    openai = {"x-ratelimit-limit-requests": "10000", "x-ratelimit-remaining-requests": "9999",
              "x-ratelimit-reset-requests": "6ms", "x-ratelimit-limit-tokens": "200000",
              "x-ratelimit-remaining-tokens": "150000", "x-ratelimit-reset-tokens": "1m15.5s"}  # fmt: skip
    assert left_of(openai) == (
        Left("requests", 10000, 9999, pytest.approx(0.006)),
        Left("tokens", 200000, 150000, pytest.approx(75.5)),
    )
    anthropic = {"anthropic-ratelimit-requests-limit": "50", "anthropic-ratelimit-requests-remaining": "49",
                 "anthropic-ratelimit-requests-reset": "2026-11-23T12:00:02Z",
                 "date": "Mon, 23 Nov 2026 12:00:00 GMT"}  # fmt: skip
    assert left_of(anthropic) == (Left("requests", 50, 49, 2.0),)


def _said(limit: str, remaining: str, reset: str) -> dict[str, str]:
    parts = {"limit": limit, "remaining": remaining, "reset": reset}
    return {f"x-ratelimit-{part}-requests": text for part, text in parts.items()}


@pytest.mark.parametrize(
    "said", [{}, {"x-ratelimit-remaining-requests": "1"}, _said("many", "some", "1s"), _said("5", "1", "soon")]
)
def test_headers_that_nobody_understands_say_nothing(said: dict[str, str]) -> None:
    assert left_of(said) == ()


def test_a_rate_is_kept_in_the_workspace_and_of_the_connection(tmp_path: Path) -> None:
    here = OpenAICompatibleConnection.model_validate(
        {"type": "openai_compatible", "base_url": "http://here.invalid/v1"}
    )
    there = OpenAICompatibleConnection.model_validate({"type": "openai_compatible", "base_url": "http://th.invalid/v1"})
    _refused_often(throttle_of(here, tmp_path))
    assert list(tmp_path.iterdir()) == [], "no workspace, nothing is kept"
    (tmp_path / ".ftsdk").mkdir()
    _refused_often(throttle_of(here, tmp_path))
    [kept] = (tmp_path / ".ftsdk" / "rates").iterdir()
    rate = float(kept.read_text())
    assert throttle_of(here, tmp_path).rate() == pytest.approx(rate, rel=0.01)
    assert throttle_of(there, tmp_path).rate() != pytest.approx(rate, rel=0.01)
    kept.write_text("nan")
    assert throttle_of(here, tmp_path).rate() != pytest.approx(rate, rel=0.01)


def _refused_often(throttle: Throttle) -> None:
    turns = []
    while len(turns) < 40:
        turn = throttle.turn()
        if turn.wait <= 0:
            turns.append(turn)
    for turn in turns[10:]:
        throttle.refused(turn, 0.0)
    throttle.rest()
