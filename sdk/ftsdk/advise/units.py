"""Quantities as people write them, in the units the engine counts in: calls a month, tokens, US dollars."""

from __future__ import annotations

import re
from typing import Any

DAYS_A_MONTH = 365.25 / 12

# Calls in a month per unit of time named.
_PER_MONTH = {
    "second": 86_400 * DAYS_A_MONTH,
    "minute": 1440 * DAYS_A_MONTH,
    "hour": 24 * DAYS_A_MONTH,
    "day": DAYS_A_MONTH,
    "week": DAYS_A_MONTH / 7,
    "month": 1.0,
    "quarter": 1 / 3,
    "year": 1 / 12,
}
_TIME_WORDS = {
    "s": "second", "sec": "second", "second": "second", "rps": "second", "qps": "second", "min": "minute",
    "minute": "minute", "rpm": "minute", "h": "hour", "hr": "hour", "hour": "hour", "hourly": "hour", "d": "day",
    "day": "day", "daily": "day", "w": "week", "wk": "week", "week": "week", "weekly": "week", "mo": "month",
    "month": "month", "monthly": "month", "quarter": "quarter", "quarterly": "quarter", "y": "year", "yr": "year",
    "year": "year", "yearly": "year", "annum": "year", "annually": "year",
}  # fmt: skip

# English prose: 0.75 words and 4 characters a token, the field's usual rule of thumb (OpenAI's tokenizer page).
_TOKENS_PER = {
    "token": 1.0, "tok": 1.0, "word": 4 / 3, "character": 0.25, "char": 0.25, "byte": 0.25, "page": 500 * 4 / 3,
}  # fmt: skip

_MULTIPLIERS = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9, "t": 1e12,
    "trillion": 1e12,
}  # fmt: skip

_QUANTITY = re.compile(
    r"""^\s*(?:about|around|roughly|some|~|≈|ca\.?)?\s*
    (?P<number>\d{1,3}(?:[,_ ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:e\d+)?)\s*
    (?P<rest>.*)$""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


class NotAQuantity(ValueError):
    """A text that is no quantity of the kind asked for; ``help`` is the next step."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


def count(value: Any) -> float:
    """A plain number: ``1200``, ``1,200``, ``1.2k``, ``3 million``; words after it are looked over."""
    return _split(value, "write a number, for example 1,200 or 1.2k")[0]


def calls_per_month(value: Any) -> float:
    """Calls a month from ``9000``, ``300 per day``, ``2/s`` or ``1.2M a year``; a bare number is a month's."""
    number, words = _split(value, "write calls and a time, for example 300 per day")
    if any(word in _TOKENS_PER for word in words):
        raise NotAQuantity(f"{str(value)[:60]!r} is not a number of calls", "write calls and a time: 300 per day")
    times = [_TIME_WORDS[word] for word in words if word in _TIME_WORDS]
    return number * _PER_MONTH[times[0]] if times else number


def tokens(value: Any) -> float:
    """Tokens from ``900``, ``2k tokens``, ``700 words``, ``4,000 characters``, ``3 pages``; a bare number is tokens."""
    number, words = _split(value, "write tokens, words or characters, for example 700 words")
    if any(word in _TIME_WORDS for word in words if len(word) > 2):
        raise NotAQuantity(
            f"{str(value)[:60]!r} is not a length of text", "write tokens, words or characters: 700 words"
        )
    units = [_TOKENS_PER[word] for word in words if word in _TOKENS_PER]
    return number * units[0] if units else number


# US dollars for one unit of a currency, rounded; only to bring stated sums to one scale, so set your own sums in USD
# where it matters.
RATES_AS_OF = "2025-01"
RATES: dict[str, float] = {
    "USD": 1.0, "EUR": 1.03, "GBP": 1.25, "CHF": 1.10, "JPY": 0.0064, "CNY": 0.137, "INR": 0.0117, "CAD": 0.69,
    "AUD": 0.62, "NZD": 0.56, "SEK": 0.090, "NOK": 0.088, "DKK": 0.138, "PLN": 0.242, "CZK": 0.041, "BRL": 0.162,
    "MXN": 0.048, "KRW": 0.00068, "SGD": 0.73, "ZAR": 0.053,
}  # fmt: skip
_SYMBOLS = {"$": "USD", "us$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "zł": "PLN"}
_NAMES = {"dollar": "USD", "dollars": "USD", "euro": "EUR", "euros": "EUR", "pound": "GBP", "pounds": "GBP",
          "yen": "JPY", "cent": "¢", "cents": "¢"}  # fmt: skip


def money(value: Any) -> float:
    """US dollars from ``25000``, ``$25k``, ``25 000 EUR``, ``£1.2 million`` or ``0.4 cents``; a bare number is USD."""
    if not isinstance(value, str):
        return _split(value, "write a sum, for example $25k or 20,000 EUR")[0]
    text, rate = value.strip(), 1.0
    for symbol, code in sorted(_SYMBOLS.items(), key=lambda item: -len(item[0])):
        if symbol in text.lower():
            text, rate = text.lower().replace(symbol, ""), RATES[code]
            break
    number, words = _split(text, "write a sum, for example $25k or 20,000 EUR")
    for word in words:
        named = _NAMES.get(word, word.upper())
        if named == "¢":
            rate = 0.01
        elif named in RATES:
            rate = RATES[named]
        elif word in _TOKENS_PER:
            raise NotAQuantity(f"{value[:60]!r} is not a sum of money", "write a sum, for example $25k or 20,000 EUR")
    return number * rate


def _split(value: Any, help: str) -> tuple[float, list[str]]:
    """The number with its multiplier, and the words after it in the singular."""
    if isinstance(value, bool) or value is None:
        raise NotAQuantity(f"{value!r} is not a number", help)
    if isinstance(value, int | float):
        if value != value or value in (float("inf"), float("-inf")):
            raise NotAQuantity(f"{value!r} is not a number", help)
        return float(value), []
    found = _QUANTITY.match(str(value))
    if found is None:
        raise NotAQuantity(f"{str(value)[:60]!r} is not a number", help)
    number = float(re.sub(r"[,_ ]", "", found["number"]))
    words = [word.rstrip("s") if len(word) > 3 else word for word in re.findall(r"[a-z]+", found["rest"].lower())]
    if words and words[0] in _MULTIPLIERS:
        return number * _MULTIPLIERS[words[0]], words[1:]
    return number, words
