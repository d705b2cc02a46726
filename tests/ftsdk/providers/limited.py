"""A service that limits, in time that is only counted: hours of waiting pass in seconds, the same every time."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from ftsdk.data.value import Message
from ftsdk.errors import ProviderUnavailable
from ftsdk.providers.allowance import Left
from ftsdk.providers.inference import Params, Usage
from ftsdk.providers.remote_inference import RemoteInference, Reply
from ftsdk.providers.throttle import Throttle

T = TypeVar("T")


class _Counted(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        assert timeout is not None, "everybody waits for somebody else"
        self.now += max(timeout, 1e-6)
        return super().select(0)


class CountedTime(asyncio.SelectorEventLoop):
    """An event loop in which no time passes but what somebody waits for."""

    def __init__(self) -> None:
        self._counted = _Counted()
        super().__init__(self._counted)

    def time(self) -> float:
        return self._counted.now


def in_counted_time(act: Callable[[Callable[[], float]], Awaitable[T]]) -> T:
    """What ``act`` returns; it is given the clock."""
    loop = CountedTime()

    async def whole() -> T:
        return await act(loop.time)

    try:
        return loop.run_until_complete(whole())
    finally:
        loop.close()


class Bucket:
    """Fills at ``rate`` a second up to ``most``."""

    def __init__(self, rate: float, most: float, clock: Callable[[], float]) -> None:
        self.rate, self.most, self._clock = rate, most, clock
        self._there, self._at = most, clock()

    def there(self) -> float:
        now = self._clock()
        self._there, self._at = min(self.most, self._there + self.rate * (now - self._at)), now
        return self._there

    def take(self, wanted: float) -> None:
        self._there -= wanted

    def left(self, what: str) -> Left:
        there = self.there()
        return Left(what, self.most, int(there), round((self.most - there) / self.rate, 3))


class Limited(NamedTuple):
    """The service's limits: requests a second, so many at once; what it tells; what fails for no reason."""

    rate: float = 200.0
    burst: float = 50.0
    tokens: float = 0.0
    seconds: float = 0.05
    headers: bool = False
    retry_after: float | None = None
    refused: float = 0.0
    broken: float = 0.0


class Wire:
    """Asks the service; ``seen`` counts what became of requests."""

    formats: frozenset[Any] = frozenset()

    def __init__(self, limits: Limited, clock: Callable[[], float], seed: int = 1) -> None:
        self.limits = limits
        self.seen: Counter[str] = Counter()
        self._dice = random.Random(seed)
        self._requests = Bucket(limits.rate, limits.burst, clock)
        self._tokens = Bucket(limits.tokens, limits.tokens / 4, clock) if limits.tokens else None

    async def ask(self, model: str, messages: Sequence[Message], params: Params) -> Reply:
        """One request."""
        await asyncio.sleep(0.0005)
        luck, cost = self._dice.random(), self._dice.randint(50, 150)
        short = self._requests.there() < 1 or (self._tokens is not None and self._tokens.there() < cost)
        if luck < self.limits.refused or short:
            self.seen["refused"] += 1
            raise ProviderUnavailable("too fast", owner="quota", retry_after=self.limits.retry_after)
        self._requests.take(1)
        if self._tokens is not None:
            self._tokens.take(cost)
        left = [self._requests.left("requests")] + ([self._tokens.left("tokens")] if self._tokens else [])
        await asyncio.sleep(self.limits.seconds * self._dice.uniform(0.5, 1.5))
        if luck < self.limits.refused + self.limits.broken:
            self.seen["broken"] += 1
            raise ProviderUnavailable("broken")
        self.seen["answered"] += 1
        nothing = Usage(prompt_tokens=0, completion_tokens=0)
        told = tuple(left) if self.limits.headers else ()
        return Reply(text=messages[0].content, usage=nothing, finish_reason="stop", left=told)

    async def aclose(self) -> None:
        """Nothing to let go of."""


class Went(NamedTuple):
    """How it went: seconds, share of requests refused, answers by question, the rate that was learnt."""

    seconds: float
    refused: float
    answers: Counter[str]
    learnt: float | None


def asked(limits: Limited, questions: int, *, at_once: int = 64, rate: float | None = None, seed: int = 1) -> Went:
    """Ask so many questions, ``at_once`` at a time; ``rate`` is what was learnt before."""
    random.seed(seed)

    async def ask(clock: Callable[[], float]) -> Went:
        wire, kept = Wire(limits, clock, seed), list[float]()
        client = RemoteInference("m", wire, Throttle(clock, rate, kept.append))
        answers: Counter[str] = Counter()
        waiting = iter(range(questions))

        async def work() -> None:
            for question in waiting:
                said = await client.complete("m", (Message(role="user", content=f"{question}"),), Params())
                answers[said.text] += 1

        began = clock()
        await asyncio.gather(*(work() for _ in range(at_once)))
        took = clock() - began
        await client.aclose()
        return Went(took, wire.seen["refused"] / wire.seen.total(), answers, kept[0] if kept else None)

    return in_counted_time(ask)
