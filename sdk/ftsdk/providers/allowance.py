"""What a service says is left of its limits, followed between its answers, so that nobody asks for more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

# OpenAI and those who follow it, and Anthropic; both say when all of the limit will be there again.
OPENAI = {what: tuple(f"x-ratelimit-{part}-{what}" for part in ("limit", "remaining", "reset"))
          for what in ("requests", "tokens")}  # fmt: skip
ANTHROPIC = {what: tuple(f"anthropic-ratelimit-{what}-{part}" for part in ("limit", "remaining", "reset"))
             for what in ("requests", "tokens", "input-tokens", "output-tokens")}  # fmt: skip
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
REMEMBERED = 50  # questions over which the price of one in tokens is averaged


class Left(NamedTuple):
    """``remaining`` of a ``limit`` (of requests or tokens), which is whole again in ``reset`` seconds."""

    what: str
    limit: float
    remaining: float
    reset: float


def left_of(headers: Mapping[str, str]) -> tuple[Left, ...]:
    """What an answer's headers say; nothing where they say none, or what nobody understands."""
    names = OPENAI if OPENAI["requests"][1] in headers or OPENAI["tokens"][1] in headers else ANTHROPIC
    found = []
    for what, (limit, remaining, reset) in names.items():
        if remaining in headers and limit in headers:
            try:
                seconds = _seconds(headers.get(reset, ""), headers.get("date", ""))
                found.append(Left(what, float(headers[limit]), float(headers[remaining]), seconds))
            except (ValueError, TypeError):
                continue
    return tuple(found)


class Allowance:
    """One limit as the service keeps it: so much was left after question ``number``, and it fills up steadily."""

    def __init__(self, first: Left) -> None:
        self._of_requests = first.what == "requests"
        self._limit = self._remaining = first.limit
        self._rate, self._cost = 0.0, 1.0
        self._number, self._at = 0, 0.0
        self._heard = (0, 0.0)  # how many were asked when that was heard, and when
        self._void: list[int] = []  # questions after ``number`` that were refused, and so took nothing

    def heard(self, number: int, at: float, left: Left, asked: int, now: float) -> None:
        """Take what the answer to question ``number``, asked ``at``, says ``now`` that ``asked`` were asked.

        Answers that were overtaken say nothing.
        """
        if number <= self._number:
            return
        if left.reset > 0 and left.limit > left.remaining:
            self._rate = (left.limit - left.remaining) / left.reset
        void = [one for one in self._void if one > number]
        questions = number - self._number - (len(self._void) - len(void))
        if self._number and questions > 0 and not self._of_requests:
            used = min(self._limit, self._remaining + self._rate * (at - self._at)) - left.remaining
            self._price(used / questions, questions)
        self._limit, self._remaining = left.limit, left.remaining
        self._number, self._at, self._void = number, at, void
        self._heard = (asked, now)

    def refused(self, number: int) -> None:
        """Question ``number`` took nothing."""
        if number > self._number:
            self._void.append(number)

    def wait(self, now: float, asked: int) -> float:
        """Seconds until there is enough for a question more than the ``asked``; not positive now."""
        # Some count when they take a question in, some when they answer it: what is less of both.
        there = min(self._there(now, asked, self._number, self._at), self._there(now, asked, *self._heard))
        wanted = min(5 * self._cost, self._limit / 2)  # some to spare: clocks and prices differ
        return (wanted - there) / self._rate if self._rate else 0.0

    def _there(self, now: float, asked: int, number: int, at: float) -> float:
        used = (asked - number - sum(1 for one in self._void if one > number)) * self._cost
        return min(self._limit, self._remaining - used + self._rate * (now - at))

    def _price(self, cost: float, questions: int) -> None:
        share = min(1.0, questions / REMEMBERED) if self._cost > 1 else 1.0
        self._cost = max(1.0, self._cost + (cost - self._cost) * share)


def _seconds(text: str, date: str) -> float:
    """``6m0s``, ``17ms``, ``2``, or a time (RFC 3339), counted from the answer's date."""
    if re.fullmatch(r"(?:\d+(?:\.\d+)?(?:ms|[smhd]))+", text):
        return sum(float(number) * UNITS[unit] for number, unit in re.findall(r"([\d.]+)(ms|[smhd])", text))
    if "T" in text:
        now = parsedate_to_datetime(date) if date else datetime.now(UTC)
        return (datetime.fromisoformat(text) - now).total_seconds()
    return float(text or 0)
