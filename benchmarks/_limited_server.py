"""A chat service on loopback behind token buckets, with faults: what it lets in, it answers once after a set latency.

`python -m benchmarks._limited_server '{"rate": 200, "burst": 50}'` prints its port and serves until it is ended; a GET
of any path answers with what came so far, and empties the count and fills the buckets.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

TOKENS = (50, 150)  # what a question costs, at random


@dataclass
class Limits:
    """``rate`` requests a second and ``tokens`` a second, ``burst`` requests (and as many times the tokens) at once.

    ``headers`` says what is left, ``retry_after`` is in seconds; ``refused``, ``broken`` and ``dropped`` are shares of
    requests that go wrong for no reason, ``broken`` and ``dropped`` after they were carried out.
    """

    rate: float = 200.0
    burst: float = 50.0
    tokens: float = 0.0
    seconds: float = 0.05
    headers: bool = False
    retry_after: float = 0.0
    refused: float = 0.0
    broken: float = 0.0
    dropped: float = 0.0


class Bucket:
    """Fills at ``rate`` a second up to ``most``."""

    def __init__(self, rate: float, most: float) -> None:
        self.rate, self.most = rate, most
        self._there, self._at = most, time.monotonic()

    def there(self) -> float:
        """What is in it now."""
        now = time.monotonic()
        self._there = min(self.most, self._there + self.rate * (now - self._at))
        self._at = now
        return self._there

    def take(self, wanted: float) -> None:
        """Take it out."""
        self._there -= wanted

    def headers(self, what: str) -> str:
        """What is left of it, as OpenAI says it."""
        there = self.there()
        said = {
            "limit": f"{self.most:.0f}",
            "remaining": int(there),
            "reset": f"{(self.most - there) / self.rate:.3f}s",
        }
        return "".join(f"x-ratelimit-{part}-{what}: {value}\r\n" for part, value in said.items())


@dataclass
class Service:
    """The buckets and what came: ``seen`` counts outcomes, ``answers`` how often each question was answered."""

    limits: Limits
    seen: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    dice: random.Random = field(default_factory=lambda: random.Random(8))

    def __post_init__(self) -> None:
        self.fill()

    def fill(self) -> None:
        """Begin anew."""
        limits = self.limits
        self.requests = Bucket(limits.rate, limits.burst)
        self.tokens = Bucket(limits.tokens, limits.tokens * limits.burst / limits.rate) if limits.tokens else None
        self.seen.clear()
        self.answers.clear()

    def outcome(self) -> str:
        """What becomes of a request; what is let in is taken out of the buckets."""
        limits, luck, cost = self.limits, self.dice.random(), self.dice.randint(*TOKENS)
        short = self.requests.there() < 1 or (self.tokens is not None and self.tokens.there() < cost)
        if luck < limits.refused or short:
            return "refused"
        self.requests.take(1)
        if self.tokens is not None:
            self.tokens.take(cost)
        luck -= limits.refused
        return "broken" if luck < limits.broken else "dropped" if luck < limits.broken + limits.dropped else "answered"

    def left(self) -> str:
        """The headers of the limits."""
        if not self.limits.headers:
            return ""
        return self.requests.headers("requests") + (self.tokens.headers("tokens") if self.tokens else "")

    def reply(self, outcome: str, question: str, left: str) -> bytes:
        """The whole response."""
        if outcome == "answered":
            self.answers[question] += 1
            message = {"role": "assistant", "content": question}
            usage = {"prompt_tokens": 40, "completion_tokens": 12, "total_tokens": 52}
            body: Any = {"choices": [{"index": 0, "finish_reason": "stop", "message": message}], "usage": usage}
            return _response("200 OK", left, body)
        if outcome == "broken":
            return _response("500 Internal Server Error", "", {"error": {"message": "broken", "code": "server_error"}})
        again = f"Retry-After: {self.limits.retry_after:g}\r\n" if self.limits.retry_after else ""
        error = {"message": "Rate limit reached", "code": "rate_limit_exceeded"}
        return _response("429 Too Many Requests", left + again, {"error": error})

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):  # whoever asked has gone
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"GET"):
                    said = {"seen": self.seen, "answers": self.answers}
                    writer.write(_response("200 OK", "", said))
                    self.fill()
                    continue
                lines = head.lower().split(b"\r\n")
                length = next(int(one[15:]) for one in lines if one.startswith(b"content-length:"))
                question = json.loads(await reader.readexactly(length))["messages"][-1]["content"]
                outcome = self.outcome()
                self.seen[outcome] += 1
                left = self.left()
                if outcome != "refused":
                    await asyncio.sleep(self.limits.seconds)
                if outcome == "dropped":
                    break
                writer.write(self.reply(outcome, question, left))
        writer.close()


def _response(status: str, headers: str, body: Any) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n{headers}\r\n"
    return head.encode() + content


async def main() -> None:
    """Serve until killed."""
    service = Service(Limits(**json.loads(sys.argv[1])))
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
